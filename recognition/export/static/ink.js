// A drawing -> its ink, as `imaging/ink.py` finds it on a picture. Paper and ink are of one colour each: there are no
// shades and no grain, and so each of red, green and blue counts by how much ink and paper differ in it.
import { asByte, mean, nearest, resized } from "./filters.js";
import { grid, largest, mapped, quantile, rint, sum } from "./grids.js";
import { constants } from "./parameters.js";

const { LEAST_CONTRAST, LEAST_NOISE, LONGEST, NOTHING, SAMPLE, SMALLEST, STRIP, STRONGEST, UNMISTAKABLE } = constants.ink;

// Return the ink of pixels as a canvas has them; nothing if all of them are nearly alike.
export function readInk(pixels) {
  const darkness = [0, 1, 2].map(colour => darknessOf(planeOf(pixels, colour))), contrasts = contrastsOf(darkness);
  if (largest(contrasts) < LEAST_CONTRAST) return null;
  const weights = contrasts.map(contrast => contrast / sum(contrasts.map(other => other ** 2)));
  const [red, green, blue] = darkness.map((plane, colour) => mapped(plane, value => value * weights[colour]));
  return mapped(red, (value, place) => value + green.data[place] + blue.data[place]);
}

function darknessOf(plane) {
  const paper = largest(plane.data);
  return mapped(mean(plane, 3, nearest, asByte), value => 1 - value / paper);
}

// Return how light a colour of the drawing is, the longer side reduced to `LONGEST` pixels, or enlarged to `SMALLEST`; of a strip to more.
function planeOf({ width, height, data }, colour) {
  const slim = Math.max(width, height) / Math.min(width, height);
  const strip = Math.sqrt(Math.min(STRIP[1], Math.max(STRIP[0], slim)) / STRIP[0]);
  const longest = rint(LONGEST * strip), smallest = rint(SMALLEST * strip);
  const small = reduced(data, colour, width, height, Math.max(1, Math.floor(Math.max(width, height) / longest)));
  const side = Math.max(small.width, small.height);
  const to = (length, round) => [small.height, small.width].map(each => Math.max(1, round(length * each / side)));
  if (side > longest) return resized(small, ...to(longest, rint), "box", asByte);
  return side < smallest ? resized(small, ...to(smallest, Math.floor), "bicubic", asByte) : small;
}

// Return the mean of each square of `factor` pixels a side; at the border of what there is of it.
function reduced(data, colour, width, height, factor) {
  const small = grid(Math.ceil(height / factor), Math.ceil(width / factor));
  for (let row = 0, place = 0; row < small.height; row += 1) {
    const bottom = Math.min(height, (row + 1) * factor);
    for (let column = 0; column < small.width; column += 1, place += 1) {
      const right = Math.min(width, (column + 1) * factor);
      const count = (bottom - row * factor) * (right - column * factor);
      let amount = Math.floor(count / 2);
      for (let y = row * factor; y < bottom; y += 1) {
        for (let x = column * factor; x < right; x += 1) amount += data[4 * (y * width + x) + colour];
      }
      small.data[place] = Math.floor(amount * Math.floor(2 ** 24 / count) / 2 ** 24);  // rounded as Pillow does
    }
  }
  return small;
}

// Return how dark the ink is in each colour; what is looked at is a sample, if there is ink in it.
function contrastsOf(darkness) {
  const [red, green, blue] = darkness.map(({ data }) => data);
  const strength = red.map((value, place) => Math.max(value, green[place], blue[place]));
  let sample = [...strength.keys()].filter(place => place % SAMPLE === 0);
  let [common, strongest] = STRONGEST.map(share => quantile(sample.map(place => strength[place]), share / 100));
  const isRare = strongest < NOTHING * LEAST_NOISE && largest(strength) > UNMISTAKABLE * LEAST_NOISE;
  if (isRare) [sample, strongest] = [[...strength.keys()], largest(strength)];
  const inked = sample.filter(place => strength[place] >= Math.max(common, strongest / 2));
  return darkness.map(({ data }) => sum(inked.map(place => data[place])) / inked.length);
}
