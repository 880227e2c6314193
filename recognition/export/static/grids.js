// Grids of numbers, such as grey images and matrices: {height, width, data}, row by row; and a few sums on numbers.
export const grid = (height, width, data = new Float32Array(height * width)) => ({ height, width, data });
export const clip = (value, least, most) => Math.min(most, Math.max(least, value));
export const rounded = value => rint(value * 1e6) / 1e6;

// These loops are plain ones: a browser calls the functions that arrays of numbers pass on much more slowly.
export function mapped({ height, width, data }, change) {
  const result = grid(height, width);
  for (let place = 0; place < data.length; place += 1) result.data[place] = change(data[place], place);
  return result;
}

export function sum(values) {
  let all = 0;
  for (let place = 0; place < values.length; place += 1) all += values[place];
  return all;
}

export function largest(values) {
  let most = values[0];
  for (let place = 1; place < values.length; place += 1) if (values[place] > most) most = values[place];
  return most;
}

// Round to a whole number, a half to the even one.
export function rint(value) {
  const whole = Math.round(value);
  return whole - value === 0.5 && whole % 2 ? whole - 1 : whole;
}

// Return the value below which a share of all lies, between two of them if need be.
export function quantile(values, share) {
  const sorted = new Float32Array(values).sort(), place = share * (sorted.length - 1), below = sorted[Math.floor(place)];
  return below + (sorted[Math.ceil(place)] - below) * (place % 1);
}

export function softmax(values) {
  const most = largest(values), shares = values.map(value => Math.exp(value - most)), all = sum(shares);
  return shares.map(share => share / all);
}

// Return the numbers from 0 on in the order of falling values; of equal ones the first comes first.
export const descending = values => [...values.keys()].sort((a, b) => values[b] - values[a]);

export function product(a, b) {
  const result = grid(a.height, b.width);
  for (let y = 0; y < a.height; y += 1) {
    for (let k = 0; k < a.width; k += 1) {
      const factor = a.data[y * a.width + k], row = y * b.width, other = k * b.width;
      if (factor) for (let x = 0; x < b.width; x += 1) result.data[row + x] += factor * b.data[other + x];
    }
  }
  return result;
}

// Return the part of a grid that begins in a row and a column, which may lie outside; 0 beyond the border.
export function part(source, top, left, height, width) {
  const copy = grid(height, width), from = Math.max(0, left), to = Math.min(source.width, left + width);
  for (let y = Math.max(0, top); y < Math.min(source.height, top + height) && from < to; y += 1) {
    copy.data.set(source.data.subarray(y * source.width + from, y * source.width + to), (y - top) * width + from - left);
  }
  return copy;
}

// Return the sums of rows and of columns.
export function profiles({ height, width, data }) {
  const rows = new Float64Array(height), columns = new Float64Array(width);
  for (let place = 0; place < data.length; place += 1) {
    rows[Math.floor(place / width)] += data[place];
    columns[place % width] += data[place];
  }
  return [rows, columns];
}

// Return where values are larger than a bound: [left, top, right, bottom], the latter two just beyond.
export function boxOf({ height, width, data }, bound) {
  const box = [width, height, 0, 0];
  for (let y = 0, place = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, place += 1) {
      if (data[place] > bound) [box[0], box[1], box[2], box[3]] = [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x + 1), y + 1];
    }
  }
  return box;
}
