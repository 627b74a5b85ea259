// A swipe to the left on a message replies to it; a long press or the right mouse button opens its menu.

const SWIPE_PX = 56;
const LIMIT_PX = 84;
const LONG_MS = 480;
const SLACK_PX = 10;

/** Watches the rows in `node`; `find(id)` gives the message of a row. */
export function gestures(node, find, onswipe, onmenu) {
  let touch = null;
  let swallow = false;
  const messageAt = (event) => find(Number(event.target.closest(".row[data-message-id]")?.dataset.messageId));

  node.addEventListener("contextmenu", (event) => {
    const message = messageAt(event);
    if (event.pointerType === "touch") return void event.preventDefault();
    if (!message || event.target.closest("a") || String(getSelection())) return;
    event.preventDefault();
    onmenu(message, { x: event.clientX, y: event.clientY });
  });
  node.addEventListener("pointerdown", (event) => {
    swallow = false;
    const row = event.target.closest(".row[data-message-id]");
    if (event.pointerType !== "touch" || !row || event.target.closest(".voice-wave")) return;
    touch = {
      row,
      message: messageAt(event),
      x: event.clientX,
      y: event.clientY,
      dx: 0,
      held: false,
      timer: setTimeout(hold, LONG_MS),
    };
  });
  node.addEventListener("pointermove", (event) => {
    if (!touch || touch.held) return;
    const [dx, dy] = [event.clientX - touch.x, event.clientY - touch.y];
    if (Math.hypot(dx, dy) > SLACK_PX) clearTimeout(touch.timer);
    if (Math.abs(dy) > Math.abs(dx)) return void (Math.abs(dy) > SLACK_PX && end());
    touch.dx = Math.max(-LIMIT_PX, Math.min(0, dx));
    touch.row.style.transform = `translateX(${touch.dx}px)`;
  });
  for (const over of ["pointerup", "pointercancel"])
    node.addEventListener(over, () => {
      const { message, x, y, dx, held } = touch ?? {};
      end();
      // Only when the finger has left: lifting it would close a menu that stands already.
      if (held) setTimeout(() => onmenu(message, { x, y }));
      else if (dx <= -SWIPE_PX) onswipe(message);
    });
  // What follows a long press or a swipe is no click on the picture below the finger.
  const swallowClick = (event) => {
    if (!swallow) return;
    event.preventDefault();
    event.stopPropagation();
  };
  node.addEventListener("click", swallowClick, { capture: true });

  function hold() {
    touch.held = swallow = true;
    touch.row.classList.add("held");
  }

  function end() {
    if (!touch) return;
    clearTimeout(touch.timer);
    if (touch.dx <= -SWIPE_PX) swallow = true;
    touch.row.style.transform = "";
    touch.row.classList.remove("held");
    touch = null;
  }
}
