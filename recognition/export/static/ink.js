// A drawing -> its ink, as `imaging/ink.py` finds it on a picture. Paper and ink are of one colour each: there are no
// shades and no grain, and red, in which the two differ most, tells all.
import { asByte, mean, nearest, resized } from "./filters.js";
import { grid, largest, mapped, quantile, rint } from "./grids.js";
import { constants } from "./parameters.js";

const { LEAST_CONTRAST, LEAST_NOISE, LONGEST, NOTHING, SAMPLE, SMALLEST, STRIP, STRONGEST, UNMISTAKABLE } = constants.ink;

// Return the ink of pixels as a canvas has them, and the noise of the paper; nothing if all of it is nearly alike.
export function readInk(pixels) {
  const plane = planeOf(pixels), paper = largest(plane);
  const darkness = mapped(mean(plane, 3, nearest, asByte), value => 1 - value / paper), contrast = contrastOf(darkness.data);
  return contrast < LEAST_CONTRAST ? null : { ink: mapped(darkness, value => value / contrast), noise: LEAST_NOISE / contrast };
}

// Return how light the drawing is, the longer side reduced to `LONGEST` pixels, or enlarged to `SMALLEST`; of a strip to more.
function planeOf({ width, height, data }) {
  const slim = Math.max(width, height) / Math.min(width, height);
  const strip = Math.sqrt(Math.min(STRIP[1], Math.max(STRIP[0], slim)) / STRIP[0]);
  const longest = rint(LONGEST * strip), smallest = rint(SMALLEST * strip);
  const small = reduced(data, width, height, Math.max(1, Math.floor(Math.max(width, height) / longest)));
  const side = Math.max(small.width, small.height);
  const to = (length, round) => [small.height, small.width].map(each => Math.max(1, round(length * each / side)));
  if (side > longest) return resized(small, ...to(longest, rint), "box", asByte);
  return side < smallest ? resized(small, ...to(smallest, Math.floor), "bicubic", asByte) : small;
}

// Return the mean of each square of `factor` pixels a side; at the border of what there is of it.
function reduced(data, width, height, factor) {
  const small = grid(Math.ceil(height / factor), Math.ceil(width / factor));
  for (let row = 0, place = 0; row < small.height; row += 1) {
    const bottom = Math.min(height, (row + 1) * factor);
    for (let column = 0; column < small.width; column += 1, place += 1) {
      const right = Math.min(width, (column + 1) * factor);
      let sum = 0;
      for (let y = row * factor; y < bottom; y += 1) {
        for (let x = column * factor; x < right; x += 1) sum += data[4 * (y * width + x)];
      }
      small.data[place] = asByte(sum / ((bottom - row * factor) * (right - column * factor)));
    }
  }
  return small;
}

// Return how dark the ink is; what is looked at is a sample, if there is ink in it.
function contrastOf(darkness) {
  let sample = darkness.filter((_, place) => place % SAMPLE === 0);
  let [common, strongest] = STRONGEST.map(share => quantile(sample, share / 100));
  const most = darkness.reduce((a, b) => Math.max(a, b));
  if (strongest < NOTHING * LEAST_NOISE && most > UNMISTAKABLE * LEAST_NOISE) [sample, strongest] = [darkness, most];
  const inked = sample.filter(value => value >= Math.max(common, strongest / 2));
  return inked.reduce((a, b) => a + b, 0) / inked.length;
}
