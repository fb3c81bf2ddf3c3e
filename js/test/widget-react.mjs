// A checkout in React, as tests/e2e/tests/frameworks.rs drives it: `show` renders it with another state.

import { createElement as h, StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import "/caisse/checkout-progress-define.js";

function Checkout() {
  const [{ step, list, at, names }, set] = useState(window.state);
  window.show = (change) => set((state) => ({ ...state, ...change }));
  const go = (event) => {
    event.preventDefault();
    window.routed.push(event.currentTarget.parentElement.dataset.step);
    window.show({ step: event.currentTarget.parentElement.dataset.step });
  };
  const items = Object.entries(names).map(([id, label]) => h("li", { key: id, "data-step": id }, h("a", { href: "/" + id, onClick: go }, label)));
  const element = h("checkout-progress", { current: step, tracker: window.tracker }, h("ol", { key: list }, items));
  return ["a", "b"].map((id) => h("div", { key: id, id }, id === at && element));
}

createRoot(document.getElementById("root")).render(h(StrictMode, null, h(Checkout)));
