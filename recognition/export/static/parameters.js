// The model in the page: its card, its constants, and its arrays as grids of numbers.
import { grid } from "./grids.js";

export const parsed = text => JSON.parse(text, (_, value) => (value?.shape && (value.float32 || value.units) ? decoded(value) : value));
export const parameters = parsed(document.getElementById("model").textContent);
export const constants = parameters.constants;

function decoded({ shape: [height, width], float32, int12, int16, units }) {
  const signs = atob(float32 ?? int12 ?? int16), bytes = new Uint8Array(signs.length);
  for (let place = 0; place < signs.length; place += 1) bytes[place] = signs.charCodeAt(place);
  if (float32) return grid(height, width, new Float32Array(bytes.buffer));
  const numbers = int12 ? fromPairs(bytes) : new Int16Array(bytes.buffer);
  const result = grid(height, width);
  for (let place = 0; place < result.data.length; place += 1) result.data[place] = units.data[place % width] * numbers[place];
  return result;
}

// Numbers of 12 bits, two in three bytes.
function fromPairs(bytes) {
  return Int16Array.from({ length: bytes.length * 2 / 3 }, (_, place) => {
    const at = Math.floor(place / 2) * 3, middle = bytes[at + 1];
    return (place % 2 ? (middle & 15) << 8 | bytes[at + 2] : bytes[at] << 4 | middle >> 4) - 2048;
  });
}
