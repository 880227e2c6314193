// Ink of characters -> canonical images, as the `Normalizer` of `imaging/normalization.py` brings them to those learnt from.
import { resized, transformed } from "./filters.js";
import { boxOf, clip, grid, largest, mapped, part, product, profiles, quantile, rint, sum } from "./grids.js";
import { constants, parameters } from "./parameters.js";

const { BLOT, FILLED, INKED } = constants.normalization, { FARTHEST, THINNER } = constants.strokes;
const { shape, full, longer, stroke, by_mass: byMass, centre, aspect, slant, side } = parameters.normalizer;

// Return the canonical image of a character's ink, flat: 0 = paper, `full` = full ink.
export function normalize(ink) {
  const image = withThickness(masked(upright(ink), rint(stroke * side)), stroke * side);
  const [left, top, right, bottom] = boxOf(image, 0), scale = longer / Math.max(right - left, bottom - top);
  const places = [[top, bottom], [left, right]].map(([first, last], axis) => {
    const profile = profiles(image)[axis];
    return byMass[axis] ? sum(profile.map((amount, place) => amount * (place + 0.5))) / sum(profile) : (first + last) / 2;
  });
  const down = areaWeights(image.height, places[0], shape[0], centre[0], scale);
  const across = areaWeights(image.width, places[1], shape[1], centre[1], scale);
  return product(product(down, image), transposed(across)).data.map(value => (full === 1 ? clip(value, 0, 1) : rint(clip(value, 0, 1) * full)));
}

// Whether ink is a dot rather than strokes.
export function isBlot(ink) {
  const image = cropped(ink);
  if (image.data.filter(value => value > INKED).length <= FILLED * image.data.length) return false;
  const mask = masked(image, 1);
  return thickness(distances(mask, 1), mask) > BLOT * side;
}

function upright(ink) {
  let image = cropped(ink);
  if (slant !== null) image = cropped(sheared(image, slantOf(image) - slant));
  if (aspect.every(value => value === 1)) return image;
  const most = Math.max(image.width, image.height);
  const width = Math.min(1, aspect[0] * (image.width / image.height) ** aspect[1]) * most;
  return resized(image, most, Math.max(1, rint(width)), "bicubic");
}

// Cut ink to its box, bring its longer side to so many pixels as strokes are mended on, and its strongest to 1.
function cropped(ink) {
  const most = largest(ink.data), strong = quantile(ink.data.filter(value => value > most / 5), 0.8);
  const image = mapped(ink, value => value / strong), [left, top, right, bottom] = boxOf(image, INKED);
  const scale = side / Math.max(bottom - top, right - left);
  const [height, width] = [bottom - top, right - left].map(length => Math.max(1, rint(length * scale)));
  return resized(part(image, top, left, bottom - top, right - left), height, width, "bicubic");
}

// Measure how far ink slants, by its moments: columns to the right for each row down.
function slantOf(image) {
  const [rows, columns] = profiles(image), all = Math.max(sum(rows), 1e-6);
  const [y, x] = [rows, columns].map(profile => sum(profile.map((amount, place) => amount * place)) / all);
  const down = sum(rows.map((amount, place) => amount * (place - y) ** 2));
  const both = image.data.reduce((moment, value, place) =>
    moment + value * (Math.floor(place / image.width) - y) * (place % image.width - x), 0);
  return both / Math.max(down, 1e-3 * all);
}

// Shift every row sideways, so that what slanted so far stands upright.
function sheared(image, slanting) {
  const { height, width } = image, margin = Math.ceil(Math.abs(slanting) * height / 2) + 1;
  const wide = part(image, 0, -margin, height, width + 2 * margin);
  return transformed(wide, height, wide.width, [1, slanting, -slanting * (height - 1) / 2, 0, 1, 0]);
}

// Where an image is inked, as ones, with a margin of paper.
function masked(image, margin) {
  const edge = Math.min(INKED, 0.75 * largest(image.data));  // a hairline is paler once it is reduced
  const { height, width } = image, mask = mapped(image, value => (value > edge ? 1 : 0));
  return part(mask, -margin, -margin, height + 2 * margin, width + 2 * margin);
}

function withThickness(mask, wanted) {
  const inside = distances(mask, 1), outside = distances(mask, 0, rint(wanted) + 2), present = thickness(inside, mask);
  const growth = Math.max((wanted - present) / 2, -THINNER * present);
  return mapped(mask, (inked, place) => clip((inked ? inside.data[place] : 1 - outside.data[place]) + growth, 0, 1));
}

const thickness = (inside, mask) => 4 * (sum(inside.data) / sum(mask.data) - 0.5);

// Measure how far it is from each point of a value to the nearest of another: first in its column, then in those beside it.
function distances(mask, value, farthest = FARTHEST) {
  const { height, width, data } = mask, squares = new Int32Array(data.length), result = grid(height, width);
  for (let x = 0; x < width; x += 1) {
    for (const [from, step] of [[x, width], [x + (height - 1) * width, -width]]) {
      let far = farthest;
      for (let row = 0, place = from; row < height; row += 1, place += step) {
        far = data[place] === value ? Math.min(far + 1, farthest) : 0;
        squares[place] = step > 0 ? far ** 2 : Math.min(squares[place], far ** 2);
      }
    }
  }
  for (let place = 0; place < data.length; place += 1) {
    const x = place % width;
    let least = squares[place];
    for (let away = 1; away ** 2 < least && away < width; away += 1) {
      if (x >= away) least = Math.min(least, squares[place - away] + away ** 2);
      if (x + away < width) least = Math.min(least, squares[place + away] + away ** 2);
    }
    result.data[place] = Math.sqrt(least);
  }
  return result;
}

// Return the matrix that resamples an axis by the mean over each new pixel.
function areaWeights(size, source, newSize, target, scale) {
  const weights = grid(newSize, size), edge = place => (place - target) / scale + source;
  weights.data.forEach((_, place) => {
    const row = Math.floor(place / size), pixel = place % size;
    const overlap = Math.min(edge(row + 1), pixel + 1) - Math.max(edge(row), pixel);
    weights.data[place] = Math.max(overlap, 0) * scale;
  });
  return weights;
}

function transposed({ height, width, data }) {
  return grid(width, height, data.map((_, place) => data[(place % height) * width + Math.floor(place / height)]));
}
