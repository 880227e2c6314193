// In place of the server: the model in the page answers, at once and always.
import { element } from "./elements.js";
import { parameters } from "./parameters.js";
import { read } from "./reading.js";
import { examine } from "./recognizer.js";
import { Refusal } from "./refusal.js";

export const away = false;
export const whenBack = new Set();
export class Away extends Error {}

// The card is all that is asked for by its path.
export const ask = async () => parameters.card;

export const snapshot = canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);

export async function predict(pixels) {
  try {
    return read(pixels, show);
  } catch (error) {
    if (!error.code) throw error;
    throw new Refusal({ status: 400, code: error.code, detail: error.message });
  }
}

export async function predictRow(levels) {
  return examine(Float32Array.from(levels)).prediction;
}

// Return a canonical image as an address of a picture: ink black, paper white.
function show(image) {
  const [height, width] = parameters.card.shape, small = element("canvas", { width, height });
  const pixels = new ImageData(width, height);
  image.forEach((level, place) => {
    const grey = Math.round(255 * (1 - level / parameters.full));
    pixels.data.set([grey, grey, grey, 255], 4 * place);
  });
  small.getContext("2d").putImageData(pixels, 0, 0);
  return small.toDataURL();
}
