// A checkout in Vue, as tests/e2e/tests/frameworks.rs drives it: `show` renders it with another state.

import { createApp, h, reactive, Teleport } from "vue";
import "/caisse/checkout-progress-define.js";

const state = reactive(window.state);
window.show = (change) => Object.assign(state, change);
const go = (event) => {
  event.preventDefault();
  window.routed.push(event.currentTarget.parentElement.dataset.step);
  state.step = event.currentTarget.parentElement.dataset.step;
};

const Checkout = {
  render() {
    const items = Object.entries(state.names).map(([id, label]) => h("li", { key: id, "data-step": id }, h("a", { href: "/" + id, onClick: go }, label)));
    // A teleport that gets another place moves what it has.
    return h(Teleport, { to: "#" + state.at }, [h("checkout-progress", { current: state.step, ".tracker": window.tracker }, [h("ol", { key: state.list }, items)])]);
  },
};

for (const id of ["a", "b"]) document.getElementById("root").append(Object.assign(document.createElement("div"), { id }));
createApp(Checkout).mount(document.createElement("div"));
