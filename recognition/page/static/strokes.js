// The strokes on the drawing field, painted as smooth lines.
import { $ } from "./elements.js";

const INK = "#1b2440", PAPER = "#fffdf6";
export const canvas = $("canvas");
export const strokes = [];  // each {points: [{x, y, width}], field: {width, height}}, in CSS pixels of that field
const pen = canvas.getContext("2d", { willReadFrequently: true });

export function fieldSize() {
  return { width: canvas.clientWidth, height: canvas.clientHeight };
}

export function begin(x, y, pressure) {
  strokes.push({ points: [], field: fieldSize() });
  extend(x, y, pressure);
}

// Lead the last stroke on to a point.
export function extend(x, y, pressure = 0.5) {
  const { width, height } = fieldSize();
  strokes.at(-1).points.push({ x, y, width: $("width").value * Math.min(width, height) * (0.5 + pressure) });
}

export function paint() {
  const { width, height } = fieldSize();
  if (!width) return;  // its tab is not shown
  const fine = Math.min(2, window.devicePixelRatio);
  canvas.width = Math.round(fine * width);
  canvas.height = Math.round(fine * height);
  pen.fillStyle = PAPER;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.strokeStyle = pen.fillStyle = INK;
  pen.lineCap = pen.lineJoin = "round";
  for (const { points, field } of strokes) {
    const scale = Math.min(width / field.width, height / field.height);  // of a field of another shape all is shown
    pen.setTransform(fine * scale, 0, 0, fine * scale,
      fine * (width - scale * field.width) / 2, fine * (height - scale * field.height) / 2);
    line(points);
  }
  pen.resetTransform();
  $("invitation").hidden = strokes.length > 0;
  $("undo").disabled = $("clear").disabled = !strokes.length;
}

// A smooth line: a curve from middle to middle of the points, which bends at each of them.
function line(points) {
  let [before] = points, from = before;
  for (const point of points) {
    const middle = { x: (before.x + point.x) / 2, y: (before.y + point.y) / 2 };
    pen.lineWidth = point.width;
    pen.beginPath();
    pen.moveTo(from.x, from.y);
    pen.quadraticCurveTo(before.x, before.y, middle.x, middle.y);
    pen.stroke();
    [from, before] = [middle, point];
  }
  pen.beginPath();
  pen.moveTo(from.x, from.y);
  pen.lineTo(before.x, before.y + 0.01);  // a dot has a length, too
  pen.stroke();
}

new ResizeObserver(paint).observe(canvas);
