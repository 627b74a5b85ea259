// Short notices that go away by themselves.

import { element } from "/page/element.js";

const STAYS_MS = 5000;

export function toast(text) {
  const node = element("div", { class: "toast", dir: "auto", "data-testid": "toast" }, text);
  document.getElementById("toasts").append(node);
  setTimeout(() => node.remove(), STAYS_MS);
}
