// Short notices that go away by themselves, one at a time: under the heading, where they hide no button.

import { element } from "/page/element.js";

const STAYS_MS = 5000;

export function toast(text) {
  const node = element("div", { class: "toast", dir: "auto", "data-testid": "toast" }, text);
  document.getElementById("toasts").replaceChildren(node);
  setTimeout(() => node.remove(), STAYS_MS);
}
