// Hypotheses with log-weights -> the likeliest ways to read a line, as `inference/lattice.py` follows them.
import { descending } from "./grids.js";
import { constants } from "./parameters.js";

const { CLASSES, KEPT, KEPT_EACH } = constants.lattice;

// Return the readings by falling score: {labels, edges, score} each; `scores` has a row for each hypothesis.
export function readLattice(hypotheses, scores, labels, prices, automaton) {
  const likeliest = scores.map(descending), nodes = Array.from({ length: prices.length + 1 }, () => new Map());
  const begins = prices.map((_, place) => [...hypotheses.keys()].filter(number => hypotheses[number].first === place));
  const follow = (state, label) => (automaton ? automaton.step(state, label) : state);
  offer(nodes[0], { labels: [], edges: [], score: 0, state: automaton ? automaton.start : "anything" });
  prices.forEach((price, place) => {
    for (const path of beam(nodes[place])) {
      offer(nodes[place + 1], { ...path, score: path.score - price });
      for (const number of begins[place]) {
        const steps = likeliest[number].map(code => ({ code, state: follow(path.state, labels[code]) }));
        for (const { code, state } of steps.filter(step => step.state).slice(0, CLASSES)) {
          offer(nodes[hypotheses[number].after], { labels: [...path.labels, labels[code]],
            edges: [...path.edges, number], score: path.score + scores[number][code], state });
        }
      }
    }
  });
  const ends = [...nodes.at(-1).values()].filter(path => path.edges.length && (!automaton || automaton.accepts(path.state)));
  return ends.sort((a, b) => b.score - a.score);
}

// Return the best ways to a place: the best of each state of the automaton, so that none that may end is lost.
function beam(node) {
  const byState = new Map();
  for (const path of [...node.values()].sort((a, b) => b.score - a.score)) {
    byState.set(path.state, [...(byState.get(path.state) ?? []), path]);
  }
  return [...byState.values()].flatMap(paths => paths.slice(0, byState.size === 1 ? KEPT : KEPT_EACH));
}

// Add a way to what ends at a place; of those that read the same the best is kept.
function offer(node, path) {
  const key = JSON.stringify(path.labels), before = node.get(key);
  if (!before || path.score > before.score) node.set(key, path);
}
