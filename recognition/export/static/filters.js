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

const asByte = value => clip(Math.floor(value + 0.5), 0, 255);

// What stands beyond the border: the value at it, or those before it, mirrored.
export const nearest = (place, size) => clip(place, 0, size - 1);
export const mirrored = (place, size) => (place < 0 || place >= size ? mirrored(place < 0 ? -1 - place : 2 * size - 1 - place, size) : place);

// Return the largest value, or the mean, of a window of so many points a side; all of these change rows and turn the
// grid, twice, and those that are told so round to bytes each time.
export const maximum = (source, size, beyond) => windows(windows(source, size, beyond, true), size, beyond, true);
export const mean = (source, size, beyond, bytes) => windows(windows(source, size, beyond, false, bytes), size, beyond, false, bytes);

function windows({ height, width, data }, size, beyond, isMaximum, bytes) {
  const places = Int32Array.from({ length: width + size - 1 }, (_, place) => beyond(place - Math.floor(size / 2), width));
  const padded = new Float32Array(places.length), turned = grid(width, height);
  for (let row = 0; row < height; row += 1) {
    for (let place = 0; place < padded.length; place += 1) padded[place] = data[row * width + places[place]];
    for (let place = 0; place < width; place += 1) {
      let value = padded[place];
      for (let other = place + 1; other < place + size; other += 1) {
        value = isMaximum ? Math.max(value, padded[other]) : value + padded[other];
      }
      if (!isMaximum) value /= size;
      turned.data[place * height + row] = bytes ? asByte(value) : value;
    }
  }
  return turned;
}

// Bring an image to another size, each pixel the mean of those that it covers, or between the nearest ones.
export const resized = (source, height, width, kernel, bytes) => weighted(weighted(source, width, kernel, bytes), height, kernel, bytes);

function weighted({ height, width, data }, newWidth, kernel, bytes) {
  const scale = width / newWidth, wide = Math.max(1, scale), [reach, weigh] = KERNELS[kernel], turned = grid(newWidth, height);
  for (let place = 0; place < newWidth; place += 1) {
    const centre = (place + 0.5) * scale, first = Math.max(0, Math.trunc(centre - reach * wide + 0.5));
    const after = Math.min(width, Math.trunc(centre + reach * wide + 0.5));
    const weights = [];
    for (let from = first; from < after; from += 1) weights.push(weigh((from - centre + 0.5) / wide));
    const all = sum(weights), shares = weights.map(weight => weight / all);
    for (let row = 0; row < height; row += 1) {
      let value = 0;
      for (let step = 0; step < shares.length; step += 1) value += shares[step] * data[row * width + first + step];
      turned.data[place * height + row] = bytes ? asByte(value) : value;
    }
  }
  return turned;
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
