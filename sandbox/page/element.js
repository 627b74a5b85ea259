// Builds DOM nodes. Content is only ever set as text, so nothing that somebody wrote can become markup.

/** An element with attributes; `onclick` and the like become listeners, null and false are left out. */
export function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same in the SVG namespace. */
export function drawing(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/** A push button with an accessible name, and as its face an icon or the name itself. */
export function button(label, attributes = {}, face = label) {
  const name = face === label ? {} : { "aria-label": label, title: label };
  return element("button", { type: "button", ...name, ...attributes }, face);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}
