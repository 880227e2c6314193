// Canonical images -> rows of features, as `features/augmentation.py` and `features/gradients.py` extract them.
import { transformed } from "./filters.js";
import { clip, grid, part, product, profiles, sum } from "./grids.js";

// Take the slant out: shear an image until its ink stands upright.
export function deskew(row, { shape: [height, width] }) {
  const { y, slant } = moments(row, height, width);
  const at = (line, place) => (place >= 0 && place < width ? row[line * width + place] : 0);
  return row.map((_, place) => {
    const line = Math.floor(place / width), offset = slant * (line - y);
    const whole = clip(Math.floor(offset), -width - 1, width), share = clip(offset - whole, 0, 1);
    return at(line, place % width + whole) * (1 - share) + at(line, place % width + whole + 1) * share;
  });
}

// Bring the ink to the middle, upright, and to one height and width.
export function normalizeMoments(row, { shape: [height, width], spread, least }) {
  const { y, x, slant, down, across } = moments(row, height, width);
  const scaleY = Math.max(down / height, least) / spread[0], scaleX = Math.max(across / width, least) / spread[1];
  const left = x + 1.5 - (scaleX * width + slant * scaleY * height) / 2, top = y + 1.5 - scaleY * height / 2;
  const padded = part(grid(height, width, Float32Array.from(row)), -1, -1, height + 2, width + 2);
  return transformed(padded, height, width, [scaleX, slant * scaleY, left, 0, scaleY, top]).data;
}

// Measure where ink is: its centre, slant, standard deviation down, and across if upright.
function moments(row, height, width) {
  const [rows, columns] = profiles(grid(height, width, row)), ink = Math.max(sum(row), 1e-6);
  const mean = (profile, power) => sum(profile.map((amount, place) => amount * place ** power)) / ink;
  const both = row.reduce((all, value, place) => all + value * (place % width) * Math.floor(place / width), 0) / ink;
  const y = mean(rows, 1), x = mean(columns, 1), yy = mean(rows, 2) - y * y, xy = both - x * y;
  const slant = xy / Math.max(yy, 1e-3), xx = mean(columns, 2) - x * x - slant * xy;
  return { y, x, slant, down: Math.sqrt(Math.max(0, yy)), across: Math.sqrt(Math.max(0, xx)) };
}

// How much edge of each direction there is around each point; of the second order, in each plane of the first.
export function gradientHistograms(row, { shape: [height, width], full, power, unit, spread, orders: [first, second] }) {
  const planes = directionPlanes(grid(height, width, row.map(level => level / full)), first);
  const sums = planes.flatMap(plane => [...sampled(plane, first)]);
  if (second) {
    for (const plane of planes.flatMap(each => directionPlanes(each, second))) {
      for (const amount of sampled(plane, second)) sums.push(spread * amount);
    }
  }
  const features = Float32Array.from(sums, power === 0.5 ? Math.sqrt : amount => amount ** power);
  const length = unit ? Math.hypot(...features) || 1 : 1;
  return features.map(feature => feature / length);
}

// How many steps between neighbouring pixels are how high, down and across.
export function edgeSteepness(row, { shape: [height, width], full, levels, spread }) {
  const at = (line, place) => (line >= 0 && line < height && place >= 0 && place < width ? row[line * width + place] : 0);
  return Float32Array.from([[1, 0], [0, 1]].flatMap(([down, across]) => {
    const shares = new Array(levels).fill(0);
    for (let line = -down; line < height; line += 1) {
      for (let place = -across; place < width; place += 1) {
        const step = Math.abs(at(line + down, place + across) - at(line, place)) / full * levels;
        for (let level = 1; level <= levels; level += 1) shares[level - 1] += Math.max(0, 1 - Math.abs(step - level));
      }
    }
    return shares.map(share => spread * Math.sqrt(share / ((height + down) * (width + across))));
  }));
}

// Split the gradient into its shares of the two nearest of 8 directions: right, down-right, down, ...
function directionPlanes(image, { down, across }) {
  const x = product(product(down.smooth, image), across.slope), y = product(product(down.slope, image), across.smooth);
  const planes = Array.from({ length: 8 }, () => grid(x.height, x.width));
  for (let place = 0; place < x.data.length; place += 1) {
    let along = x.data[place], aside = y.data[place];
    for (let plane = 0; plane < 8; plane += 2) {
      planes[plane].data[place] = Math.max(0, along - Math.abs(aside));
      planes[plane + 1].data[place] = Math.max(0, Math.SQRT2 * Math.min(along, aside));
      [along, aside] = [aside, -along];  // a quarter turn
    }
  }
  return planes;
}

const sampled = (plane, { down, across }) => product(product(down.sample, plane), across.sample).data;
