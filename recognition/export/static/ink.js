// A drawing -> its ink, as `imaging/ink.py` finds it on a picture; paper of one colour has no shades and no grain.
import { mean, nearest, resized } from "./filters.js";
import { grid, largest, mapped, quantile, rint, sum } from "./grids.js";
import { constants } from "./parameters.js";

const { LEAST_CONTRAST, LEAST_NOISE, LONGEST, NOTHING, SAMPLE, STRIP, STRONGEST, UNMISTAKABLE } = constants.ink;

// Return the ink of pixels as a canvas has them; nothing if all of them are nearly alike.
export function readInk(pixels) {
  const channels = planesOf(pixels).map(plane => {
    const paper = largest(plane.data);
    return mapped(mean(plane, 3, nearest, true), value => 1 - value / paper);
  });
  const [red, green, blue] = channels.map(({ data }) => data), contrast = contrastOf([red, green, blue]);
  if (largest(contrast) < LEAST_CONTRAST) return null;
  const scale = sum(contrast.map(value => value ** 2)), [r, g, b] = contrast.map(value => value / scale);
  return mapped(channels[0], (_, place) => r * red[place] + g * green[place] + b * blue[place]);
}

// Return how light each channel is, the longer side brought to `LONGEST` pixels, of a strip to more.
function planesOf(pixels) {
  const { width, height } = pixels, slim = Math.max(width, height) / Math.min(width, height);
  const strip = Math.sqrt(Math.min(STRIP[1], Math.max(STRIP[0], slim)) / STRIP[0]), longest = rint(LONGEST * strip);
  const planes = reduced(pixels, Math.max(1, Math.floor(Math.max(width, height) / longest)));
  const sides = [planes[0].height, planes[0].width], side = Math.max(...sides);
  const to = round => sides.map(each => Math.max(1, round(longest * each / side)));
  if (side > longest) return planes.map(plane => resized(plane, ...to(rint), "box", true));
  return side < longest ? planes.map(plane => resized(plane, ...to(Math.floor), "bicubic", true)) : planes;
}

// Return the mean of each square of `factor` pixels a side; at the border of what there is of it.
function reduced({ width, height, data }, factor) {
  const planes = [0, 1, 2].map(() => grid(Math.ceil(height / factor), Math.ceil(width / factor)));
  const [red, green, blue] = planes, rounded = (amount, share) => Math.floor(amount * share / 2 ** 24);  // as Pillow does
  for (let top = 0, place = 0; top < height; top += factor) {
    const bottom = Math.min(height, top + factor);
    for (let left = 0; left < width; left += factor, place += 1) {
      const right = Math.min(width, left + factor), count = (bottom - top) * (right - left), share = Math.floor(2 ** 24 / count);
      let r = Math.floor(count / 2), g = r, b = r;
      for (let y = top; y < bottom; y += 1) {
        for (let at = 4 * (y * width + left); at < 4 * (y * width + right); at += 4) {
          r += data[at];
          g += data[at + 1];
          b += data[at + 2];
        }
      }
      [red.data[place], green.data[place], blue.data[place]] = [rounded(r, share), rounded(g, share), rounded(b, share)];
    }
  }
  return planes;
}

// Return how dark the ink is in each channel; what is looked at is a sample, if there is ink in it.
function contrastOf(channels) {
  let [step, strength] = [SAMPLE, strengths(channels, SAMPLE)];
  let [common, strongest] = STRONGEST.map(share => quantile(strength, share / 100));
  if (strongest < NOTHING * LEAST_NOISE) {
    const everywhere = strengths(channels, 1), most = largest(everywhere);
    if (most > UNMISTAKABLE * LEAST_NOISE) [step, strength, strongest] = [1, everywhere, most];
  }
  const inked = [...strength.keys()].filter(place => strength[place] >= Math.max(common, strongest / 2));
  return channels.map(channel => sum(inked.map(place => channel[step * place])) / inked.length);
}

// Return the largest of the channels at every so many points.
function strengths([red, green, blue], step) {
  return Float32Array.from({ length: Math.ceil(red.length / step) }, (_, place) =>
    Math.max(red[step * place], green[step * place], blue[step * place]));
}
