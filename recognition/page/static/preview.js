// What a correction keeps of a picture, shown before it is kept: a character with what is around it, as the server cuts it.
import { element } from "./elements.js";
import { word } from "./language.js";
import { card } from "./model.js";

const MARGIN = 0.25;  // of a character's longer side, as the server keeps it
const TINY = 64;  // pixels: shown larger

// Left, top, right, bottom of what is kept; of a picture without a box, or of the model's own shape, all is.
function partKept({ width, height }, box) {
  const [rows, columns] = card.shape;
  if (!box || (width === columns && height === rows)) return [0, 0, width, height];
  const [left, top, right, bottom] = box, margin = MARGIN * Math.max(right - left, bottom - top);
  return [Math.max(0, left - margin), Math.max(0, top - margin),
    Math.min(width, right + margin), Math.min(height, bottom + margin)].map(Math.round);
}

async function paint(canvas, file, box) {
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return canvas.remove();  // a TIFF, say, which the browser cannot show
  const [left, top, right, bottom] = partKept(picture, box);
  Object.assign(canvas, { width: right - left, height: bottom - top });
  canvas.classList.toggle("tiny", canvas.width < TINY);
  canvas.getContext("2d").drawImage(picture, -left, -top);
}

export function preview(file, box, isKept) {
  const canvas = element("canvas", { role: "img", "aria-label": word(isKept ? "isKept" : "willKeep") });
  paint(canvas, file, box);
  return element("figure", { className: "preview" }, canvas,
    element("figcaption", { textContent: word(isKept ? "isKept" : "willKeep") }));
}
