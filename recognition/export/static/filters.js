// Filters on grids: the largest, the least and the mean of a window; images of another size, turned or sheared.
import { clip, grid } from "./grids.js";

const KERNELS = {  // how far each reaches, and what it weighs there
  box: [0.5, x => (x > -0.5 && x <= 0.5 ? 1 : 0)],
  bilinear: [1, x => Math.max(0, 1 - Math.abs(x))],
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
export function mirrored(place, size) {
  const within = ((place % (2 * size)) + 2 * size) % (2 * size);
  return within < size ? within : 2 * size - 1 - within;
}

// Return the largest value, or the mean, of a window of so many points a side.
export const maximum = (source, size, beyond) => windowed(source, size, beyond, true, asIs);
export const mean = (source, size, beyond, store = asIs) => windowed(source, size, beyond, false, sum => store(sum / size));

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
      let sum = 0;
      for (let step = 0; step < shares.length; step += 1) sum += shares[step] * line[first + step];
      result[place] = store(sum);
    }
  };
  const across = weightsOf(source.width, width, kernel), down = weightsOf(source.height, height, kernel);
  return acrossThenDown(source, height, width, weigh(across), weigh(down));
}

function weightsOf(size, newSize, kernel) {
  const scale = size / newSize, wide = Math.max(1, scale), [reach, weigh] = KERNELS[kernel];
  return Array.from({ length: newSize }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach * wide + 0.5));
    const after = Math.min(size, Math.trunc(centre + reach * wide + 0.5));
    const weights = Array.from({ length: after - first }, (_, step) => weigh((first + step - centre + 0.5) / wide));
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, shares: Float64Array.from(weights, weight => weight / sum) };
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
  const result = grid(height, width), at = (y, x) => source.data[y * source.width + clip(x, 0, source.width - 1)];
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const across = a * (column + 0.5) + b * (row + 0.5) + c, down = d * (column + 0.5) + e * (row + 0.5) + f;
      if (across < 0 || across >= source.width || down < 0 || down >= source.height) continue;
      const x = Math.floor(across - 0.5), y = Math.floor(down - 0.5), right = across - 0.5 - x, below = down - 0.5 - y;
      const between = line => at(line, x) + (at(line, x + 1) - at(line, x)) * right;
      const first = between(Math.max(0, y)), second = y + 1 < source.height ? between(y + 1) : first;
      result.data[row * width + column] = first + (second - first) * below;
    }
  }
  return result;
}
