// The form that sends a pin or begins a live location.

import { button, element } from "/page/element.js";
import { say } from "/page/i18n.js";
import { icon } from "/page/icon.js";
import { map } from "/page/place.js";
import { openSheet } from "/page/sheet.js";

const EXAMPLES = [
  ["berlin", 52.516272, 13.377722],
  ["beijing", 39.905489, 116.391305],
  ["tokyo", 35.681236, 139.767125],
  ["cairo", 29.979235, 31.134202],
  ["rio", -22.951916, -43.210487],
  ["sanFrancisco", 37.819929, -122.478255],
];
const PERIODS = [
  ["place.still", ""],
  ["place.minutes15", 900],
  ["place.hour1", 3600],
  ["place.hours8", 28800],
];

/** Opens the form; `onsend(fields)` gets [name, value] pairs for the message. */
export function openPlaceForm(onsend) {
  const latitude = number("latitude", 90);
  const longitude = number("longitude", 180);
  const period = element(
    "select",
    { id: "place-period", "data-testid": "place-period" },
    PERIODS.map(([name, value]) => element("option", { value }, say(name))),
  );
  const preview = element("div", { class: "place-preview" });
  const trouble = element("p", { class: "problem", role: "alert" });

  const show = () => {
    const known = form.checkValidity();
    preview.replaceChildren(
      ...(known
        ? [map(latitude.valueAsNumber, longitude.valueAsNumber), element("span", { class: "place-pin" }, icon("pin"))]
        : []),
    );
    send.disabled = !known;
  };
  const set = (north, east) => {
    [latitude.value, longitude.value] = [north.toFixed(6), east.toFixed(6)];
    trouble.textContent = "";
    show();
  };
  const locate = button(
    say("place.mine"),
    {
      class: "secondary",
      "data-testid": "place-mine",
      onclick: async () => {
        locate.setAttribute("aria-busy", "true");
        try {
          const { coords } = await position();
          set(coords.latitude, coords.longitude);
        } catch {
          trouble.textContent = say("place.denied");
        }
        locate.removeAttribute("aria-busy");
      },
    },
    [icon("position"), say("place.mine")],
  );
  const send = element("button", { type: "submit", class: "primary", "data-testid": "place-send" }, say("place.send"));

  const form = element(
    "form",
    {
      class: "form",
      oninput: show,
      onsubmit: (event) => {
        event.preventDefault();
        sheet.close();
        const live = period.value ? [["live_period", period.value]] : [];
        onsend([["latitude", latitude.value], ["longitude", longitude.value], ...live]);
      },
    },
    preview,
    element(
      "div",
      { class: "chips" },
      EXAMPLES.map(([name, north, east]) =>
        button(say(`place.${name}`), {
          class: "chip",
          "data-testid": `place-${name}`,
          onclick: () => set(north, east),
        }),
      ),
    ),
    element(
      "div",
      { class: "form-pair" },
      labelled("place.latitude", latitude),
      labelled("place.longitude", longitude),
    ),
    locate,
    trouble,
    labelled("place.share", period),
    element("footer", { class: "sheet-bottom" }, send),
  );
  const sheet = openSheet(say("attach.place"), { "data-testid": "place-form" }, form);
  set(EXAMPLES[0][1], EXAMPLES[0][2]);
}

function number(id, limit) {
  return element("input", {
    id: `place-${id}`,
    type: "number",
    step: "any",
    min: -limit,
    max: limit,
    required: true,
    inputmode: "decimal",
    "data-testid": `place-${id}`,
  });
}

const labelled = (label, input) =>
  element("div", { class: "form-field" }, element("label", { for: input.id }, say(label)), input);

const position = () =>
  new Promise((resolve, reject) =>
    navigator.geolocation.getCurrentPosition(resolve, reject, { enableHighAccuracy: true, timeout: 10_000 }),
  );
