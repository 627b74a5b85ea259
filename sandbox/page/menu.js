// A menu at a point or under a control, for mouse, touch and keyboard.

import { element } from "/page/element.js";
import { icon } from "/page/icon.js";

const EDGE = 8;

/**
 * Opens a menu. `where` is an element or a point {x, y}; `items` are {name, icon, run, danger, checked}; `top` is an
 * optional node above them.
 */
export function openMenu(label, where, items, top = null) {
  const opener = document.activeElement;
  const entries = items.filter(Boolean).map((item) => entry(item, () => menu.hidePopover()));
  const menu = element(
    "div",
    { class: "menu", role: "menu", "aria-label": label, popover: "auto", "data-testid": "menu", onkeydown: walk },
    top,
    entries,
  );
  menu.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    if (menu.contains(document.activeElement)) opener?.focus({ preventScroll: true });
    menu.remove();
  });
  (opener.closest("main, nav") ?? document.body).append(menu);
  menu.showPopover();
  settle(menu, where);
  menu.querySelector("button")?.focus({ preventScroll: true });
  return menu;
}

function entry(item, close) {
  const checkable = item.checked !== undefined;
  return element(
    "button",
    {
      type: "button",
      class: item.danger ? "menu-item danger" : "menu-item",
      role: checkable ? "menuitemradio" : "menuitem",
      "aria-checked": checkable ? String(item.checked) : null,
      onclick: () => {
        close();
        item.run();
      },
    },
    item.face ?? (item.icon && icon(item.icon)),
    element("span", { dir: "auto" }, item.name),
    item.checked && icon("check"),
  );
}

function walk(event) {
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  buttons.at(to % buttons.length).focus();
}

// Below the opener or at the point, but always inside the window.
function settle(menu, where) {
  const box =
    where instanceof Element
      ? where.getBoundingClientRect()
      : { left: where.x, right: where.x, top: where.y, bottom: where.y };
  const { offsetWidth: width, offsetHeight: height } = menu;
  const left = box.left + width + EDGE > innerWidth ? box.right - width : box.left;
  const top = box.bottom + height + EDGE > innerHeight ? box.top - height : box.bottom;
  menu.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - width - EDGE))}px`;
  menu.style.top = `${Math.max(EDGE, Math.min(top, innerHeight - height - EDGE))}px`;
}
