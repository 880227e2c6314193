// Grids of numbers, such as grey images and matrices: {height, width, data}, row by row.
export const grid = (height, width, data = new Float32Array(height * width)) => ({ height, width, data });
export const mapped = ({ height, width, data }, change) => grid(height, width, data.map(change));
export const largest = ({ data }) => data.reduce((most, value) => Math.max(most, value), -Infinity);
export const total = ({ data }) => data.reduce((sum, value) => sum + value, 0);
export const clip = (value, least, most) => Math.min(most, Math.max(least, value));

// Return the part of a grid that begins in a row and a column, which may lie outside, and 0 beyond the border.
export function part(source, top, left, height, width) {
  const copy = grid(height, width), from = Math.max(0, left), to = Math.min(source.width, left + width);
  for (let y = Math.max(0, top); y < Math.min(source.height, top + height) && from < to; y += 1) {
    const row = source.data.subarray(y * source.width + from, y * source.width + to);
    copy.data.set(row, (y - top) * width + from - left);
  }
  return copy;
}

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

// Return the sums of rows and of columns.
export function profiles({ height, width, data }) {
  const rows = new Float64Array(height), columns = new Float64Array(width);
  for (let y = 0, place = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, place += 1) {
      rows[y] += data[place];
      columns[x] += data[place];
    }
  }
  return [rows, columns];
}

// Return where what counts lies: [left, top, right, bottom], the latter two just beyond.
export function boxOf({ height, width, data }, counts) {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0, place = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, place += 1) {
      if (!counts(data[place])) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = y + 1;
    }
  }
  return [left, top, right, bottom];
}

// Round to a whole number, a half to the even one.
export function rint(value) {
  const whole = Math.round(value);
  return whole - value === 0.5 && whole % 2 ? whole - 1 : whole;
}

export const rounded = value => rint(value * 1e6) / 1e6;

// Return the value below which a share of all lies, between two of them if need be.
export function quantile(values, share) {
  const sorted = Float32Array.from(values).sort(), place = share * (sorted.length - 1), below = Math.floor(place);
  const after = sorted[Math.min(below + 1, sorted.length - 1)];
  return sorted[below] + (after - sorted[below]) * (place - below);
}

export const median = values => quantile(values, 0.5);

export function softmax(values) {
  const most = Math.max(...values), shares = values.map(value => Math.exp(value - most));
  const sum = shares.reduce((a, b) => a + b);
  return shares.map(share => share / sum);
}

// Return the numbers from 0 on in the order of falling values; of equal ones the first comes first.
export function descending(values) {
  return Array.from(values, (_, index) => index).sort((a, b) => values[b] - values[a]);
}
