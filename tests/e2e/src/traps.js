// Runs before everything else in a page: notes who reads what a visitor types, or listens for it, and what is written to the console.
// What the package's scripts do is told at once; what others do is counted, to show that the traps are there.
(() => {
  const tell = (what) => send.call(navigator, "/noticed", what);
  const send = navigator.sendBeacon;
  const seen = { armed: 0, others: 0 };
  /** Whether a script of the package is on the stack. */
  const ours = () => {
    const { stack } = new Error();
    return stack.includes("/caisse/") && stack;
  };
  const note = (what) => {
    const stack = ours();
    if (stack) tell(`read ${what} ${stack}`);
    else seen.others++;
  };
  const getter = (owner, name) => {
    const known = owner && Object.getOwnPropertyDescriptor(owner.prototype, name);
    if (!known?.get) return;
    seen.armed++;
    Object.defineProperty(owner.prototype, name, {
      ...known,
      get() {
        note(`${owner.name}.${name}`);
        return known.get.call(this);
      },
    });
  };
  const method = (owner, name, when = () => true) => {
    const known = owner?.prototype?.[name];
    if (!known) return;
    seen.armed++;
    owner.prototype[name] = function (...passed) {
      if (when.call(this, ...passed)) note(`${owner.name}.${name}(${typeof passed[0] === "string" ? passed[0] : ""})`);
      return known.apply(this, passed);
    };
  };
  for (const name of ["value", "checked", "files", "valueAsNumber", "valueAsDate", "defaultValue", "defaultChecked", "selectionStart", "indeterminate"])
    getter(HTMLInputElement, name);
  for (const name of ["value", "defaultValue", "textLength", "selectionStart"]) getter(HTMLTextAreaElement, name);
  for (const name of ["value", "selectedIndex", "selectedOptions"]) getter(HTMLSelectElement, name);
  for (const name of ["selected", "value"]) getter(HTMLOptionElement, name);
  getter(RadioNodeList, "value");
  getter(HTMLFormElement, "elements");
  getter(KeyboardEvent, "key");
  getter(KeyboardEvent, "code");
  getter(InputEvent, "data");
  getter(ClipboardEvent, "clipboardData");
  getter(Document, "cookie");
  for (const name of ["getData"]) method(DataTransfer, name);
  for (const name of ["read", "readText"]) method(globalThis.Clipboard, name);
  for (const name of ["get", "getAll", "entries", "values", "forEach"]) method(FormData, name);
  globalThis.FormData = new Proxy(FormData, {
    construct(of, passed, self) {
      note("new FormData");
      return Reflect.construct(of, passed, self);
    },
  });
  method(Element, "getAttribute", (name) => name === "value");
  const kinds = /^(key|input|beforeinput|change|paste|copy|cut|composition|focus|blur)/;
  // A media query changes with the screen, never with what is typed.
  method(EventTarget, "addEventListener", function (kind) {
    return kinds.test(kind) && !(this instanceof MediaQueryList);
  });
  for (const owner of [Document, Element, DocumentFragment])
    for (const name of ["querySelector", "querySelectorAll"]) method(owner, name, (text) => /input|select|textarea|form|contenteditable/.test(text));
  for (const owner of [Document, Element]) method(owner, "getElementsByTagName", (name) => /input|select|textarea|form/i.test(name));
  for (const name of ["debug", "error", "info", "log", "warn"]) {
    const known = console[name];
    console[name] = (...words) => {
      tell(`console ${words.map(String).join(" ")}`);
      known.apply(console, words);
    };
  }
  addEventListener("pageshow", () => tell(`armed ${seen.armed}`));
  addEventListener("pagehide", () => tell(`others ${seen.others}`));
})();
