// Rows through the steps of fitted pipelines; each step is named as Python names it. A classifier is the last one.
import { deskew, edgeSteepness, gradientHistograms, normalizeMoments } from "./features.js";
import { largest, sum } from "./grids.js";

const STEPS = { deskew, normalize_moments: normalizeMoments, gradient_histograms: gradientHistograms, edge_steepness: edgeSteepness,
  side_by_side: sideBySide, PCA: principal, KernelSVC: supportVectors, NystroemRidge: ridge, NeuralNetworks: networksOf };

export function through(steps, row) {
  return steps.reduce((values, step) => STEPS[step.step](values, step), row);
}

function sideBySide(row, { views }) {
  return Float32Array.from(views.flatMap(steps => [...through(steps, row)]));
}

function principal(row, { mean, components }) {
  return products(row.map((value, place) => value - mean.data[place]), components);
}

// Return the decision value of each class, the lowest of its one-vs-one values, and the similarity.
function supportVectors(row, { centre, vectors, gamma, sharpness, counts, weights, intercept }) {
  const kernel = kernelValues(row.map((value, place) => value - centre.data[place]), vectors, gamma);
  let from = 0;
  const shares = counts.map(count => {
    const own = [...counts.keys()].map(other => {
      let share = 0;
      for (let place = from; place < from + count; place += 1) share += kernel[place] * weights.data[other * weights.width + place];
      return share;
    });
    from += count;
    return own;
  });
  const decisions = shares.map((own, one) => Math.min(...own.map((share, other) =>
    share - shares[other][one] + intercept.data[one * counts.length + other])));
  return { decisions, similarity: largest(kernel) ** sharpness };
}

function ridge(row, { vectors, gamma, weights }) {
  const kernel = kernelValues(row, vectors, gamma);
  return { decisions: [...products(kernel, weights)], similarity: largest(kernel) };
}

function networksOf(row, { networks, prototypes, gamma, ...step }) {
  const inputs = principal(row, step);
  const layer = (values, { weights, offset }) => products(values, weights).map((value, unit) => value + offset.data[unit]);
  const outputs = networks.map(([hidden, classes]) => layer(layer(inputs, hidden).map(value => Math.max(0, value)), classes));
  const decisions = [...outputs[0].keys()].map(code => sum(outputs.map(values => values[code])) / outputs.length);
  return { decisions, similarity: largest(kernelValues(inputs, prototypes, gamma)) };
}

// Return exp(-gamma |x - v|^2) for each vector v.
function kernelValues(row, vectors, gamma) {
  const own = sum(row.map(value => value * value));
  vectors.squares ??= squaredLengths(vectors);
  return products(row, vectors).map((value, place) => Math.exp(gamma * Math.min(0, 2 * value - own - vectors.squares[place])));
}

function squaredLengths({ height, width, data }) {
  return Float64Array.from({ length: height }, (_, row) =>
    data.subarray(row * width, (row + 1) * width).reduce((all, value) => all + value * value, 0));
}

// Return the product of a row with each row of a grid: four sums at a time, which a processor adds up side by side.
function products(row, { height, width, data }) {
  const results = new Float64Array(height), whole = width - width % 4;
  for (let line = 0, from = 0; line < height; line += 1, from += width) {
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let place = 0; place < whole; place += 4) {
      a += row[place] * data[from + place];
      b += row[place + 1] * data[from + place + 1];
      c += row[place + 2] * data[from + place + 2];
      d += row[place + 3] * data[from + place + 3];
    }
    for (let place = whole; place < width; place += 1) a += row[place] * data[from + place];
    results[line] = a + b + c + d;
  }
  return results;
}
