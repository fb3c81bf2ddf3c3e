// Runs the calls that a page carries as data. Never decides what to track: the server has done that.

import { createTracker } from "/caisse/index.js";

const tracker = createTracker({
  site: "rivet",
  destination: { kind: "collector", url: "/hits" },
  // Granted because this is a demo on your own machine. A real shop asks its consent platform on every
  // page, starts with "pending", and passes the answer on with tracker.consent.set(…).
  consent: "granted",
  currency: "EUR",
});

const calls = JSON.parse(document.getElementById("calls").textContent);

for (const [name, data] of calls) {
  if (name === "page") tracker.page(data);
  else tracker.track(name, data);
}
