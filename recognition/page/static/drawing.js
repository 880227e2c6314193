// Drawing with mouse, finger, pen or keys: the drawing is asked about while it grows.
import { AnswerView } from "./answer.js";
import { boxes } from "./boxes.js";
import { $ } from "./elements.js";
import { newest } from "./newest.js";
import { predict, snapshot } from "./server.js";
import { begin, canvas, extend, fieldSize, paint, strokes } from "./strokes.js";
import { ARROWS } from "./tabs.js";

const WHILE_DRAWING = 120;  // ms between questions
const keyboard = { x: 0.5, y: 0.3, down: false };  // the pen on the keyboard, in parts of the field
let pointing = false;  // a mouse button, finger or pen is down
let changes = 0, asked = 0;  // of the drawing, in all and when it was last asked about
let askedAt = 0, askLater;
const drawAnswer = new AnswerView($("draw-answer"), "waiting", chosen => {
  $("field").querySelector("svg")?.remove();
  if (drawAnswer?.parts.length > 1) $("field").append(boxes(drawAnswer.parts, canvas.width, canvas.height, chosen));
});

function drawn(urgent = false) {
  changes += 1;
  paint();
  if (strokes.length) {
    drawAnswer.host.classList.add("stale");
    askAbout(urgent);
  } else {
    drawAnswer.empty();
    recogniseDrawing(true);  // what is under way is given up
  }
}

function askAbout(urgent) {
  clearTimeout(askLater);
  const wait = urgent ? 0 : Math.max(0, askedAt + WHILE_DRAWING - performance.now());
  askLater = setTimeout(() => {
    askedAt = performance.now();
    recogniseDrawing(urgent);
  }, wait);
}

const recogniseDrawing = newest(async signal => {
  clearTimeout(askLater);  // what would be asked about then is asked about now
  if (!strokes.length) return;
  asked = changes;
  const drawing = snapshot(canvas);
  await drawAnswer.follow(predict(drawing, signal), () => drawing, recogniseDrawing);
  if (asked !== changes) drawAnswer.host.classList.add("stale");
});

const pressed = event => (event.pointerType === "pen" ? event.pressure : 0.5);

function inField(event) {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top, pressed(event)];
}

canvas.addEventListener("pointerdown", event => {
  if (!event.isPrimary || event.button !== 0) return;
  canvas.setPointerCapture(event.pointerId);
  lift();
  pointing = true;
  begin(...inField(event));
  drawn();
});
canvas.addEventListener("pointermove", event => {
  if (!pointing || !event.isPrimary) return;
  const events = event.getCoalescedEvents?.() ?? [];
  for (const part of events.length ? events : [event]) extend(...inField(part));
  drawn();
});
for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, event => {
    if (!pointing || !event.isPrimary) return;
    pointing = false;
    if (asked !== changes) askAbout(true);
  });
}

function undo() {
  lift();
  strokes.pop();
  drawn(true);
}

function clear() {
  lift();
  strokes.length = 0;
  drawn(true);
}

$("undo").onclick = undo;
$("clear").onclick = clear;

function lift() {
  pointing = keyboard.down = false;
  $("pen").classList.remove("down");
}

function movePen() {
  $("pen").style.left = `${100 * keyboard.x}%`;
  $("pen").style.top = `${100 * keyboard.y}%`;
  $("pen").hidden = false;
  const { width, height } = fieldSize();
  return [keyboard.x * width, keyboard.y * height];
}

function moveBy(across, down) {
  const within = value => Math.min(0.97, Math.max(0.03, value));
  const { width, height } = fieldSize();
  keyboard.x = within(keyboard.x + across * height / width);
  keyboard.y = within(keyboard.y + down);
  const at = movePen();
  if (!keyboard.down) return;
  extend(...at);
  drawn();
}

function putDownOrLift() {
  if (keyboard.down) {
    lift();
    drawn(true);
  } else if (!pointing) {
    keyboard.down = true;
    $("pen").classList.add("down");
    begin(...movePen());
    paint();
  }
}

canvas.addEventListener("keydown", event => {
  if (event.key in ARROWS) {
    const [across, down] = ARROWS[event.key], step = event.shiftKey ? 0.01 : 0.04;
    moveBy(step * across, step * down);
  } else if (event.key === " ") {
    putDownOrLift();
  } else if (event.key === "z" && (event.ctrlKey || event.metaKey)) {
    undo();
  } else if (event.key === "Escape") {
    clear();
  } else {
    return;
  }
  event.preventDefault();
});
canvas.addEventListener("blur", () => {
  $("pen").hidden = true;
  if (keyboard.down) lift();
});
$("pattern")?.addEventListener("change", () => recogniseDrawing());
document.addEventListener("card", ({ detail }) => {
  if (detail.renewed) recogniseDrawing();
});
