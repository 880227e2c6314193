// Canonical images -> rows of features, as `features/augmentation.py` and `features/gradients.py` extract them.
import { clip, grid, product, profiles, sum } from "./grids.js";

// Take the slant out: shear an image until its ink stands upright.
export function deskew(row, { shape: [height, width] }) {
  const [rows, columns] = profiles(grid(height, width, row)), ink = Math.max(sum(row), 1e-6);
  const moment = (profile, power) => sum(profile.map((amount, place) => amount * place ** power)) / ink;
  const y = moment(rows, 1), x = moment(columns, 1);
  const both = row.reduce((all, value, place) => all + value * (place % width) * Math.floor(place / width), 0) / ink;
  const slant = (both - x * y) / Math.max(moment(rows, 2) - y * y, 1e-3);
  const at = (line, place) => (place >= 0 && place < width ? row[line * width + place] : 0);
  return row.map((_, place) => {
    const line = Math.floor(place / width), offset = slant * (line - y);
    const whole = clip(Math.floor(offset), -width - 1, width), share = clip(offset - whole, 0, 1);
    return at(line, place % width + whole) * (1 - share) + at(line, place % width + whole + 1) * share;
  });
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
