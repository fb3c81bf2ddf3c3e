// Keeps an open report up to date: replaces the parts that the server sends. Works nothing out, draws nothing.
"use strict";
(() => {
  const state = document.querySelector("[data-state]");
  const asOf = state.textContent;
  const seen = new Map();
  const focusable = "summary, [tabindex]";
  let source = null;

  function swap(html) {
    let changed = false;
    const fresh = new DOMParser().parseFromString(html, "text/html");
    for (const part of document.querySelectorAll("[data-part]")) {
      const next = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
      if (next === null) continue;
      const before = seen.get(part) ?? part.innerHTML;
      seen.set(part, next.innerHTML);
      if (before === next.innerHTML) continue;
      changed = true;
      const open = [...part.querySelectorAll("details")].map((details) => details.open);
      next.querySelectorAll("details").forEach((details, index) => (details.open = open[index] ?? false));
      const figures = [...part.querySelectorAll("[data-figure]")].map((figure) => figure.textContent);
      next.querySelectorAll("[data-figure]").forEach((figure, index) => {
        if (figures[index] !== figure.textContent) figure.classList.add("changed");
      });
      const focus = [...part.querySelectorAll(focusable)].indexOf(document.activeElement);
      part.replaceChildren(...next.childNodes);
      part.querySelectorAll(focusable)[focus]?.focus();
    }
    return changed;
  }

  function watch() {
    if (source !== null || document.hidden) return;
    source = new EventSource("report/events" + location.search);
    source.addEventListener("open", () => say("Live", true));
    source.addEventListener("report", (event) => {
      if (swap(event.data)) say(`Live, last change ${new Date().toLocaleTimeString()}`, true);
    });
    source.addEventListener("error", () => {
      say("Not live, trying again", false);
      // The browser tries again by itself unless the server answered with an error.
      if (source?.readyState !== EventSource.CLOSED) return;
      source = null;
      setTimeout(watch, 15_000);
    });
  }

  // A hidden page holds no connection: browsers give a host six, and the shop is on it too.
  function rest() {
    source?.close();
    source = null;
    say(asOf, false);
  }

  function say(text, live) {
    state.textContent = text;
    state.classList.toggle("live", live);
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : watch()));
  window.addEventListener("pagehide", rest);
  window.addEventListener("pageshow", watch);
})();
