// A pin or a live location: a card with the coastlines around it, drawn without map tiles, and a link to a real map.

import { hourOf } from "/page/clock.js";
import { button, drawing, element } from "/page/element.js";
import { say } from "/page/i18n.js";
import { icon } from "/page/icon.js";
import { link } from "/page/text.js";

const WIDTH = 320;
const HEIGHT = 150;
const PIXELS_PER_DEGREE = 9;
const GRID_DEGREES = 5;
const STEP_METRES = 150;
const METRES_PER_DEGREE = 111_320;
const INDEFINITE = 0x7fffffff;
const MAX_TIMER_MS = 0x7fffffff;

/** The card for a message with a location; `onmove(position)` and `onstop()` are given for one's own live location. */
export function placeCard(message, { onmove = null, onstop = null } = {}) {
  const { latitude, longitude } = message.location;
  const live = isLive(message);
  const card = element(
    "div",
    { class: live ? "place live" : "place", "data-testid": "place" },
    element(
      "div",
      { class: "place-map" },
      map(latitude, longitude),
      element("span", { class: "place-pin" }, icon(live ? "live" : "pin")),
      live && onmove && pad(message.location, onmove),
    ),
    element(
      "div",
      { class: "place-foot" },
      message.venue && element("strong", { dir: "auto" }, message.venue.title),
      message.venue && element("span", { class: "soft", dir: "auto" }, message.venue.address),
      live && element("strong", { class: "place-live" }, liveUntil(message)),
      element("span", { class: "place-coordinates" }, coordinates(latitude, longitude)),
      link(openStreetMap(latitude, longitude), [say("place.map"), icon("link")]),
      live && onstop && button(say("place.stop"), { class: "place-stop", "data-testid": "live-stop", onclick: onstop }),
    ),
  );
  const left = (message.date + message.location.live_period) * 1000 - Date.now();
  if (live && left < MAX_TIMER_MS) setTimeout(() => card.replaceWith(placeCard(message)), left);
  return card;
}

/** Whether a live location is still being shared. */
export function isLive(message) {
  const period = message.location?.live_period;
  return Boolean(period) && (period === INDEFINITE || message.date + period > Date.now() / 1000);
}

/** "52.5163° N, 13.3777° E" */
export function coordinates(latitude, longitude) {
  const north = say(latitude < 0 ? "place.south" : "place.north");
  const east = say(longitude < 0 ? "place.west" : "place.east");
  return `${Math.abs(latitude).toFixed(4)}° ${north}, ${Math.abs(longitude).toFixed(4)}° ${east}`;
}

/** The map alone, centred on a position, some 35 degrees wide. */
export function map(latitude, longitude) {
  const wide = PIXELS_PER_DEGREE * Math.max(0.2, Math.cos((latitude * Math.PI) / 180));
  const scaled = `scale(${wide.toFixed(3)} ${PIXELS_PER_DEGREE}) translate(${-longitude} ${latitude})`;
  const centred = `translate(${WIDTH / 2} ${HEIGHT / 2}) ${scaled}`;
  const lands = [-360, 0, 360].map((turn) =>
    drawing("use", { href: "/page/land.svg#land", transform: `translate(${turn} 0)` }),
  );
  return drawing(
    "svg",
    {
      class: "map",
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: "xMidYMid slice",
      role: "img",
      "aria-label": coordinates(latitude, longitude),
    },
    drawing("g", { class: "map-land", transform: centred }, lands),
    drawing("path", { class: "map-grid", d: grid(latitude, longitude, wide) }),
  );
}

function grid(latitude, longitude, wide) {
  const first = (middle, reach) => Math.ceil((middle - reach) / GRID_DEGREES) * GRID_DEGREES;
  const [across, up] = [WIDTH / 2 / wide, HEIGHT / 2 / PIXELS_PER_DEGREE];
  let path = "";
  for (let x = first(longitude, across); x < longitude + across; x += GRID_DEGREES)
    path += `M${(WIDTH / 2 + (x - longitude) * wide).toFixed(1)} 0v${HEIGHT}`;
  for (let y = first(latitude, up); y < latitude + up; y += GRID_DEGREES)
    path += `M0 ${(HEIGHT / 2 - (y - latitude) * PIXELS_PER_DEGREE).toFixed(1)}h${WIDTH}`;
  return path;
}

// Four buttons that walk a live location on.
function pad({ latitude, longitude }, onmove) {
  const degrees = STEP_METRES / METRES_PER_DEGREE;
  const east = degrees / Math.max(0.01, Math.cos((latitude * Math.PI) / 180));
  const ways = [
    ["up", "place.goNorth", degrees, 0],
    ["left", "place.goWest", 0, -east],
    ["right", "place.goEast", 0, east],
    ["down", "place.goSouth", -degrees, 0],
  ];
  return element(
    "div",
    { class: "place-pad", role: "group", "aria-label": say("place.move") },
    ways.map(([way, name, north, sideways]) =>
      button(
        say(name),
        {
          class: `pad-${way}`,
          "data-testid": `live-${way}`,
          onclick: () => onmove(moved(latitude + north, longitude + sideways)),
        },
        icon(way),
      ),
    ),
  );
}

const moved = (latitude, longitude) => ({
  latitude: Number(latitude.toFixed(6)),
  longitude: Number(longitude.toFixed(6)),
});

function liveUntil(message) {
  const period = message.location.live_period;
  return period === INDEFINITE ? say("place.live") : say("place.liveUntil", { time: hourOf(message.date + period) });
}

const openStreetMap = (latitude, longitude) =>
  `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=15/${latitude}/${longitude}`;
