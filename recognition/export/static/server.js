// In place of the server: the model in the page answers, at once and always.
import { inkOnCanvas } from "./elements.js";
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

const show = image => inkOnCanvas(image, parameters.card.shape, parameters.full).toDataURL();

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
