// A drawing in, the answer out, as `POST /prediction?seen=1` gives it.
import { boxOfCharacter, unreadable } from "./characters.js";
import { readInk } from "./ink.js";
import { constants } from "./parameters.js";
import { predicted } from "./recognizer.js";
import { transcribe } from "./transcription.js";

const { LIKELY } = constants.reading, { BLANK } = constants.ink;

// Return the answer for pixels as a canvas has them; `show(image)` gives a character's image as an address.
export function read(pixels, show) {
  const ink = readInk(pixels);
  if (!ink) throw unreadable(BLANK, "blank_picture");
  const view = transcribe(ink), { top } = view;
  const characters = view.seen.map(({ prediction, character, image }) => ({
    ...predicted(prediction.top, prediction.doubt || view.doubt), box: boxInPixels(view, character, pixels), seen: show(image) }));
  const doubt = doubtOf(characters, top, view.doubt);
  return { ...predicted(top, doubt), characters };
}

function boxInPixels({ inDrawing, ink }, character, { width, height }) {
  const [left, top, right, bottom] = inDrawing(boxOfCharacter(character)), across = width / ink.width, down = height / ink.height;
  return [Math.max(0, Math.floor(left * across)), Math.max(0, Math.floor(top * down)),
    Math.min(width, Math.ceil(right * across)), Math.min(height, Math.ceil(bottom * down))];
}

// The doubt of the whole, else that of the first doubtful character, named if it is one of many.
function doubtOf(characters, top, whole) {
  const doubts = characters.map(({ doubt }) => doubt), first = doubts.findIndex(Boolean);
  if (first < 0) return top[0].confidence >= LIKELY || top.length < 2 ? "" : `may be ${top[0].label} or ${top[1].label}`;
  if (doubts.length === 1 || (whole && doubts.includes(whole))) return doubts.length === 1 ? doubts[0] : whole;
  return `the ${ordinal(first + 1)} character ${doubts[first]}`;
}

function ordinal(number) {
  const isTeen = [11, 12, 13].includes(number % 100);
  return `${number}${(!isTeen && { 1: "st", 2: "nd", 3: "rd" }[number % 10]) || "th"}`;
}
