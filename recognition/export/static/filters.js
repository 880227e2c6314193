// Filters on grids: the largest, and the mean of a window; images of another size, turned or sheared.
import { clip, grid, mapped, sum } from "./grids.js";

const KERNELS = {  // how far each reaches, and what it weighs there
  box: [0.5, x => (x > -0.5 && x <= 0.5 ? 1 : 0)],
  bicubic: [2, x => {
    const far = Math.abs(x);
    if (far < 1) return (1.5 * far - 2.5) * far * far + 1;
    return far < 2 ? ((-0.5 * far + 2.5) * far - 4) * far + 2 : 0;
  }],
};

export const asIs = value => value;
export const asByte = value => clip(Math.floor(value + 0.5), 0, 255);

// What stands beyond the border: the value at it, or those before it, mirrored.
export const nearest = (place, size) => clip(place, 0, size - 1);
export const mirrored = (place, size) => (place < 0 || place >= size ? mirrored(place < 0 ? -1 - place : 2 * size - 1 - place, size) : place);

// Return the largest value, or the mean, of a window of so many points a side.
export const maximum = (source, size, beyond) => windowed(source, size, beyond, true, asIs);
export const mean = (source, size, beyond, store = asIs) => windowed(source, size, beyond, false, all => store(all / size));

function windowed(source, size, beyond, isMaximum, store) {
  const slide = length => {
    const places = Int32Array.from(Array(length + size - 1).keys(), place => beyond(place - Math.floor(size / 2), length));
    const padded = new Float32Array(places.length);
    return (line, result) => {
      for (let place = 0; place < padded.length; place += 1) padded[place] = line[places[place]];
      for (let place = 0; place < length; place += 1) {
        let value = padded[place];
        for (let other = place + 1; other < place + size; other += 1) {
          value = isMaximum ? Math.max(value, padded[other]) : value + padded[other];
        }
        result[place] = store(value);
      }
    };
  };
  return acrossThenDown(source, source.height, source.width, slide(source.width), slide(source.height));
}

// Bring an image to another size, each pixel the mean of those that it covers, or between the nearest ones.
export function resized(source, height, width, kernel, store = asIs) {
  const weigh = weights => (line, result) => {
    for (let place = 0; place < weights.length; place += 1) {
      const { first, shares } = weights[place];
      let value = 0;
      for (let step = 0; step < shares.length; step += 1) value += shares[step] * line[first + step];
      result[place] = store(value);
    }
  };
  const across = weightsOf(source.width, width, kernel), down = weightsOf(source.height, height, kernel);
  return acrossThenDown(source, height, width, weigh(across), weigh(down));
}

function weightsOf(size, newSize, kernel) {
  const scale = size / newSize, wide = Math.max(1, scale), [reach, weigh] = KERNELS[kernel];
  return Array.from({ length: newSize }, (_, place) => {
    const centre = (place + 0.5) * scale, first = Math.max(0, Math.trunc(centre - reach * wide + 0.5));
    const after = Math.min(size, Math.trunc(centre + reach * wide + 0.5));
    const weights = Float64Array.from({ length: after - first }, (__, step) => weigh((first + step - centre + 0.5) / wide));
    const all = sum(weights);
    return { first, shares: weights.map(weight => weight / all) };
  });
}

// Change each row, then each column: `change(line, result)` fills in the result.
function acrossThenDown(source, height, width, across, down) {
  const wide = grid(source.height, width), result = grid(height, width);
  for (let y = 0; y < source.height; y += 1) {
    across(source.data.subarray(y * source.width, (y + 1) * source.width), wide.data.subarray(y * width, (y + 1) * width));
  }
  const column = new Float32Array(source.height), changed = new Float32Array(height);
  for (let x = 0; x < width; x += 1) {
    for (let y = 0; y < source.height; y += 1) column[y] = wide.data[y * width + x];
    down(column, changed);
    for (let y = 0; y < height; y += 1) result.data[y * width + x] = changed[y];
  }
  return result;
}

// Take each pixel from the place (a x + b y + c, d x + e y + f), linearly between pixels, 0 outside.
export function transformed(source, height, width, [a, b, c, d, e, f]) {
  const at = (y, x) => source.data[y * source.width + clip(x, 0, source.width - 1)];
  return mapped(grid(height, width), (_, place) => {
    const [column, row] = [place % width + 0.5, Math.floor(place / width) + 0.5];
    const [x, y] = [a * column + b * row + c, d * column + e * row + f];
    if (x < 0 || x >= source.width || y < 0 || y >= source.height) return 0;
    const left = Math.floor(x - 0.5), top = Math.floor(y - 0.5);
    const between = line => at(line, left) + (at(line, left + 1) - at(line, left)) * (x - 0.5 - left);
    const first = between(Math.max(0, top)), second = top + 1 < source.height ? between(top + 1) : first;
    return first + (second - first) * (y - 0.5 - top);
  });
}
