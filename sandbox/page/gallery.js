// Sample pictures of the drawn world: a sheet of thumbnails; those chosen go to the composer.

import { fetchBlob } from "/page/api.js";
import { button, element } from "/page/element.js";
import { pick, say } from "/page/i18n.js";
import { icon } from "/page/icon.js";
import { openSheet } from "/page/sheet.js";
import { toast } from "/page/toast.js";

const FOLDER = "/page/samples/";
const LIMIT = 10;

/** Opens the gallery; `onchoose(files)` gets one picture for a click, or several marked ones. */
export async function openGallery(onchoose) {
  const grid = element("div", { class: "gallery", "data-testid": "gallery", onkeydown: walk });
  const several = element("input", { type: "checkbox", "data-testid": "gallery-several" });
  const take = button(say("gallery.take", { count: 0 }), {
    class: "primary",
    "data-testid": "gallery-take",
    hidden: true,
    onclick: () => choose([...marked]),
  });
  const sheet = openSheet(
    say("gallery"),
    { class: "sheet gallery-sheet", "data-testid": "gallery-sheet" },
    element(
      "div",
      { class: "gallery-top" },
      element("p", { class: "soft" }, say("gallery.explain")),
      element("label", { class: "tray-option" }, several, say("gallery.several")),
    ),
    grid,
    element("footer", { class: "sheet-bottom" }, take),
  );
  const marked = new Set();

  const press = (sample, node) => {
    if (!several.checked) return choose([sample]);
    if (marked.has(sample)) marked.delete(sample);
    else if (marked.size < LIMIT) marked.add(sample);
    node.setAttribute("aria-pressed", String(marked.has(sample)));
    take.hidden = marked.size === 0;
    take.textContent = say("gallery.take", { count: marked.size });
  };
  const choose = async (samples) => {
    try {
      const files = await Promise.all(samples.map(fileOf));
      sheet.close();
      onchoose(files);
    } catch (error) {
      toast(error.message);
    }
  };

  const samples = await readSamples();
  grid.append(...samples.map((sample) => thumbnail(sample, press)));
  if (!samples.length) grid.append(element("p", { class: "soft" }, say("gallery.empty")));
  grid.querySelector("button")?.focus();
}

async function readSamples() {
  try {
    const index = JSON.parse(await (await fetchBlob(`${FOLDER}index.json`)).text());
    return (index.samples ?? []).filter((sample) => typeof sample.file === "string");
  } catch {
    return [];
  }
}

function thumbnail(sample, press) {
  const title = pick(sample.title) || sample.file;
  const node = element(
    "button",
    {
      type: "button",
      class: "sample",
      title,
      "data-testid": "sample",
      "data-file": sample.file,
      onclick: () => press(sample, node),
    },
    element("img", {
      src: FOLDER + sample.file,
      alt: "",
      width: "160",
      height: "160",
      loading: "lazy",
      decoding: "async",
    }),
    element("span", { class: "sample-title" }, title),
    element("span", { class: "sample-mark" }, icon("check")),
  );
  return node;
}

async function fileOf(sample) {
  const blob = await fetchBlob(FOLDER + sample.file);
  return new File([blob], sample.file.split("/").at(-1), { type: blob.type });
}

// Arrow keys move by columns and rows of the grid as it is laid out.
function walk(event) {
  const all = [...event.currentTarget.querySelectorAll(".sample")];
  const at = all.indexOf(document.activeElement);
  const columns = Math.max(1, all.filter((one) => one.offsetTop === all[0].offsetTop).length);
  const to = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    ArrowDown: at + columns,
    ArrowUp: at - columns,
    Home: 0,
    End: all.length - 1,
  }[event.key];
  if (to === undefined || !all[to]) return;
  event.preventDefault();
  all[to].focus();
}
