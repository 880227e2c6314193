// A drawing in, the answer out, as `POST /prediction?seen=1` gives it.
import { boxOfCharacter, unreadable } from "./characters.js";
import { readInk } from "./ink.js";
import { constants } from "./parameters.js";
import { predicted } from "./recognizer.js";
import { transcribe } from "./transcription.js";

const { BLANK } = constants.ink;

// Return the answer for pixels as a canvas has them; `show(image)` gives a character's image as an address.
export function read(pixels, show) {
  const ink = readInk(pixels);
  if (!ink) throw unreadable(BLANK, "blank_picture");
  const view = transcribe(ink), { width, height } = pixels;
  const characters = view.seen.map(({ prediction, character, image }) => ({
    ...predicted(prediction.top, prediction.doubt || view.doubt),
    box: view.inDrawing(boxOfCharacter(character), width, height), seen: show(image) }));
  return { ...predicted(view.top, doubtOf(characters, view)), characters };
}

// The doubt of the whole, else that of the first doubtful character, named if it is one of many.
function doubtOf(characters, { top, doubt, sure }) {
  const doubts = characters.map(each => each.doubt ?? ""), first = doubts.findIndex(Boolean);
  if (doubts.length === 1) return doubts[0];
  if (doubt && doubts.includes(doubt)) return doubt;
  if (sure) return "";
  if (first < 0) return `may be ${top[0].label} or ${top[1]?.label ?? "another"}`;
  return `the ${ordinal(first + 1)} character ${doubts[first]}`;
}

function ordinal(number) {
  const isTeen = [11, 12, 13].includes(number % 100);
  return `${number}${(!isTeen && { 1: "st", 2: "nd", 3: "rd" }[number % 10]) || "th"}`;
}
