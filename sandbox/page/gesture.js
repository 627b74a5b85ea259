// A swipe to the left on a message replies to it; a long press or the right mouse button opens its menu.

const SWIPE_PX = 56;
const LIMIT_PX = 84;
const LONG_MS = 480;
const SLACK_PX = 10;

/** Watches the rows in `node`; `find(id)` gives the message of a row. */
export function gestures(node, find, onswipe, onmenu) {
  let touch = null;

  node.addEventListener("contextmenu", (event) => {
    const message = messageAt(event);
    if (!message || event.target.closest("a") || String(getSelection())) return;
    event.preventDefault();
    onmenu(message, { x: event.clientX, y: event.clientY });
  });
  node.addEventListener("pointerdown", (event) => {
    const row = event.target.closest(".row[data-message-id]");
    if (event.pointerType !== "touch" || !row || event.target.closest(".voice-wave")) return;
    const point = { x: event.clientX, y: event.clientY };
    touch = { row, message: messageAt(event), ...point, dx: 0, timer: setTimeout(() => press(point), LONG_MS) };
  });
  node.addEventListener("pointermove", (event) => {
    if (!touch) return;
    const [dx, dy] = [event.clientX - touch.x, event.clientY - touch.y];
    if (Math.hypot(dx, dy) > SLACK_PX) clearTimeout(touch.timer);
    if (Math.abs(dy) > Math.abs(dx)) return void (Math.abs(dy) > SLACK_PX && end());
    touch.dx = Math.max(-LIMIT_PX, Math.min(0, dx));
    touch.row.style.transform = `translateX(${touch.dx}px)`;
  });
  for (const over of ["pointerup", "pointercancel"]) node.addEventListener(over, () => {
    if (touch && touch.dx <= -SWIPE_PX) onswipe(touch.message);
    end();
  });

  const messageAt = (event) => find(Number(event.target.closest(".row[data-message-id]")?.dataset.messageId));

  function press(point) {
    onmenu(touch.message, point);
    end();
  }

  function end() {
    if (!touch) return;
    clearTimeout(touch.timer);
    touch.row.style.transform = "";
    touch = null;
  }
}
