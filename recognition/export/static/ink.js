// A drawing -> its ink, as `imaging/ink.py` finds it on a picture; paper of one colour has no shades and no grain.
import { asByte, mean, nearest, resized } from "./filters.js";
import { grid, largest, mapped, quantile, rint, sum } from "./grids.js";
import { constants } from "./parameters.js";

const { LEAST_CONTRAST, LEAST_NOISE, LONGEST, NOTHING, SAMPLE, STRIP, STRONGEST, UNMISTAKABLE } = constants.ink;

// Return the ink of pixels as a canvas has them; nothing if all of them are nearly alike.
export function readInk(pixels) {
  const channels = [0, 1, 2].map(channel => {
    const plane = planeOf(pixels, channel), paper = largest(plane.data);
    return mapped(mean(plane, 3, nearest, asByte), value => 1 - value / paper);
  });
  const [red, green, blue] = channels.map(({ data }) => data), contrast = contrastOf([red, green, blue]);
  if (largest(contrast) < LEAST_CONTRAST) return null;
  const scale = sum(contrast.map(value => value ** 2)), [r, g, b] = contrast.map(value => value / scale);
  return mapped(channels[0], (_, place) => r * red[place] + g * green[place] + b * blue[place]);
}

// Return how light a channel is, the longer side brought to `LONGEST` pixels, of a strip to more.
function planeOf({ width, height, data }, channel) {
  const slim = Math.max(width, height) / Math.min(width, height);
  const strip = Math.sqrt(Math.min(STRIP[1], Math.max(STRIP[0], slim)) / STRIP[0]);
  const longest = rint(LONGEST * strip);
  const small = reduced(data, width, height, channel, Math.max(1, Math.floor(Math.max(width, height) / longest)));
  const side = Math.max(small.width, small.height);
  const to = (length, round) => [small.height, small.width].map(each => Math.max(1, round(length * each / side)));
  if (side > longest) return resized(small, ...to(longest, rint), "box", asByte);
  return side < longest ? resized(small, ...to(longest, Math.floor), "bicubic", asByte) : small;
}

// Return the mean of each square of `factor` pixels a side; at the border of what there is of it.
function reduced(data, width, height, channel, factor) {
  const small = grid(Math.ceil(height / factor), Math.ceil(width / factor));
  for (let row = 0, place = 0; row < small.height; row += 1) {
    const bottom = Math.min(height, (row + 1) * factor);
    for (let column = 0; column < small.width; column += 1, place += 1) {
      const right = Math.min(width, (column + 1) * factor);
      const count = (bottom - row * factor) * (right - column * factor);
      let amount = Math.floor(count / 2);
      for (let y = row * factor; y < bottom; y += 1) {
        for (let x = column * factor; x < right; x += 1) amount += data[4 * (y * width + x) + channel];
      }
      small.data[place] = Math.floor(amount * Math.floor(2 ** 24 / count) / 2 ** 24);  // rounded as Pillow does
    }
  }
  return small;
}

// Return how dark the ink is in each channel; what is looked at is a sample, if there is ink in it.
function contrastOf(channels) {
  const strengths = all => all[0].map((_, place) => Math.max(all[0][place], all[1][place], all[2][place]));
  let sample = channels.map(channel => channel.filter((_, place) => place % SAMPLE === 0)), strength = strengths(sample);
  let [common, strongest] = STRONGEST.map(share => quantile(strength, share / 100));
  if (strongest < NOTHING * LEAST_NOISE) {
    const everywhere = strengths(channels), isRare = largest(everywhere) > UNMISTAKABLE * LEAST_NOISE;
    if (isRare) [sample, strength, strongest] = [channels, everywhere, largest(everywhere)];
  }
  const least = Math.max(common, strongest / 2);
  return sample.map(channel => {
    const inked = channel.filter((_, place) => strength[place] >= least);
    return sum(inked) / inked.length;
  });
}
