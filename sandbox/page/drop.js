// Files dragged onto the conversation.

import { element } from "/page/element.js";
import { say } from "/page/i18n.js";
import { icon } from "/page/icon.js";

/** Shows where to drop while files hover over `node`, and hands them to `ondrop(files)`. */
export function acceptDrops(node, ondrop) {
  let cover = null;
  const withFiles = (event) => event.dataTransfer?.types.includes("Files");
  const leave = () => {
    cover?.remove();
    cover = null;
  };

  node.addEventListener("dragover", (event) => {
    if (!withFiles(event)) return;
    event.preventDefault();
    cover ??= node.appendChild(
      element(
        "div",
        { class: "drop", "data-testid": "drop" },
        element("div", {}, icon("picture"), element("p", {}, say("drop"))),
      ),
    );
  });
  node.addEventListener("dragleave", (event) => node.contains(event.relatedTarget) || leave());
  node.addEventListener("drop", (event) => {
    if (!withFiles(event)) return;
    event.preventDefault();
    leave();
    ondrop([...event.dataTransfer.files]);
  });
}
