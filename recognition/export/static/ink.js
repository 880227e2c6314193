// A drawing -> its ink, as `imaging/ink.py` finds it on a picture; paper of one colour has no shades and no grain.
import { asByte, mean, resized } from "./filters.js";
import { grid, largest, mapped, quantile, rint } from "./grids.js";
import { constants } from "./parameters.js";

const { LEAST_CONTRAST, LEAST_NOISE, LONGEST, NOTHING, SAMPLE, SMALLEST, STRIP, STRONGEST, UNMISTAKABLE } = constants.ink;

// Return the ink of pixels as a canvas has them, and the noise of the paper; nothing if all of it is nearly alike.
export function readInk(pixels) {
  const darkness = coloursOf(pixels).map(plane => {
    const paper = largest(plane);
    return mapped(mean(plane, 3, undefined, asByte), value => 1 - value / paper);
  });
  const contrast = contrastOf(darkness.map(({ data }) => data));
  if (Math.max(...contrast) < LEAST_CONTRAST) return null;
  const positive = contrast.map(value => Math.max(value, 0));
  const scale = positive.reduce((sum, value) => sum + value * value, 0), weights = positive.map(value => value / scale);
  const [red, green, blue] = darkness.map(({ data }) => data);
  const ink = mapped(darkness[0], (_, place) => weights[0] * red[place] + weights[1] * green[place] + weights[2] * blue[place]);
  return { ink, noise: LEAST_NOISE * Math.hypot(...weights) };
}

// Return red, green and blue, the longer side reduced to `LONGEST` pixels, or enlarged to `SMALLEST`; of a strip to more.
function coloursOf({ width, height, data }) {
  const slim = Math.max(width, height) / Math.min(width, height);
  const strip = Math.sqrt(Math.min(STRIP[1], Math.max(STRIP[0], slim)) / STRIP[0]);
  const longest = rint(LONGEST * strip), smallest = rint(SMALLEST * strip);
  const factor = Math.max(1, Math.floor(Math.max(width, height) / longest));
  return [0, 1, 2].map(channel => {
    let plane = reduced(data, width, height, channel, factor), side = Math.max(plane.width, plane.height);
    const to = (length, round) => [plane.height, plane.width].map(each => Math.max(1, round(length * each / side)));
    if (side > longest) plane = resized(plane, ...to(longest, rint), "box", asByte);
    return side < smallest ? resized(plane, ...to(smallest, Math.floor), "bicubic", asByte) : plane;
  });
}

// Return the mean of each square of `factor` pixels a side; at the border of what there is of it.
function reduced(data, width, height, channel, factor) {
  const small = grid(Math.ceil(height / factor), Math.ceil(width / factor));
  const counts = new Float32Array(small.data.length);
  for (let y = 0, from = channel; y < height; y += 1) {
    const row = Math.floor(y / factor) * small.width;
    for (let x = 0; x < width; x += 1, from += 4) {
      const place = row + Math.floor(x / factor);
      small.data[place] += data[from];
      counts[place] += 1;
    }
  }
  return mapped(small, (sum, place) => asByte(sum / counts[place]));
}

// Return how much darker the ink is, by channel; what is looked at is a sample, if there is ink in it.
function contrastOf(channels) {
  const strengths = all => all[0].map((_, place) => Math.max(...all.map(channel => channel[place])));
  let sample = channels.map(channel => channel.filter((_, place) => place % SAMPLE === 0)), strength = strengths(sample);
  let [common, strongest] = STRONGEST.map(share => quantile(strength, share / 100));
  if (strongest < NOTHING * LEAST_NOISE) {
    const everywhere = strengths(channels), most = everywhere.reduce((a, b) => Math.max(a, b));
    if (most > UNMISTAKABLE * LEAST_NOISE) [sample, strength, strongest] = [channels, everywhere, most];
  }
  const least = Math.max(common, strongest / 2);
  return sample.map(channel => {
    const inked = channel.filter((_, place) => strength[place] >= least);
    return inked.reduce((a, b) => a + b, 0) / inked.length;
  });
}
