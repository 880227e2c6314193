// The model in the page: its card, its constants, and its arrays as grids of numbers.
import { grid } from "./grids.js";

export const parsed = text =>
  JSON.parse(text, (_, value) => (value?.shape && (value.float32 || value.int16) ? decoded(value) : value));
export const parameters = parsed(document.getElementById("model").textContent);
export const constants = parameters.constants;

function decoded({ shape: [height, width], float32, int16, unit }) {
  const signs = atob(float32 ?? int16), bytes = new Uint8Array(signs.length);
  for (let place = 0; place < signs.length; place += 1) bytes[place] = signs.charCodeAt(place);
  const { buffer } = bytes;
  return grid(height, width, float32 ? new Float32Array(buffer) : Float32Array.from(new Int16Array(buffer), whole => unit * whole));
}
