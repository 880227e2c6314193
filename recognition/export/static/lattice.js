// Hypotheses with log-weights -> the likeliest ways to read a line, as `inference/lattice.py` follows them.
import { descending } from "./grids.js";
import { constants } from "./parameters.js";

const { CLASSES, KEPT } = constants.lattice;

// Return the readings by falling score: {labels, edges, score} each; `scores` has a row for each hypothesis.
export function readLattice(hypotheses, scores, labels, prices) {
  const likeliest = scores.map(row => descending(row).slice(0, CLASSES));
  const nodes = Array.from({ length: prices.length + 1 }, () => new Map());
  const begins = prices.map((_, place) => [...hypotheses.keys()].filter(number => hypotheses[number].first === place));
  offer(nodes[0], { labels: [], edges: [], score: 0 });
  prices.forEach((price, place) => {
    for (const { labels: read, edges, score } of ranked(nodes[place]).slice(0, KEPT)) {
      offer(nodes[place + 1], { labels: read, edges, score: score - price });
      for (const number of begins[place]) {
        for (const code of likeliest[number]) {
          offer(nodes[hypotheses[number].after],
            { labels: [...read, labels[code]], edges: [...edges, number], score: score + scores[number][code] });
        }
      }
    }
  });
  return ranked(nodes.at(-1)).filter(({ edges }) => edges.length);
}

const ranked = node => [...node.values()].sort((a, b) => b.score - a.score);

// Add a way to what ends at a place; of those that read the same the best is kept.
function offer(node, path) {
  const key = JSON.stringify(path.labels);
  if (!(node.get(key)?.score >= path.score)) node.set(key, path);
}
