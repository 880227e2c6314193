// Canonical images -> predictions, as `inference/recognizer.py` makes them.
import { descending, rounded, softmax, sum } from "./grids.js";
import { parameters, constants } from "./parameters.js";
import { through } from "./pipelines.js";

const { BLANK, CLEAR, NAMED, TOP, UNFAMILIAR } = constants.recognizer;
const { classes, fragments, least, novelty, pipelines, strangest, sureness, temperature } = parameters;

// Return the prediction for an image, the probability of each class, its similarity, the log-odds that it is whole.
export function examine(image) {
  const features = pipelines.map(steps => through(steps.slice(0, -1), image));
  const decided = pipelines.map((steps, index) => through(steps.slice(-1), features[index]));
  const averaged = values => sum(values) / values.length;
  const decisions = classes.map((_, code) => averaged(decided.map(each => each.decisions[code])));
  const similarity = averaged(decided.map(each => each.similarity));
  const probabilities = softmax(decisions.map(value => value / temperature));
  const looks = through(novelty, features[0]).decisions[1], decision = Math.max(...decisions);
  const sure = probabilityOf(sureness, [decision, similarity, looks]);
  const familiar = probabilityOf(sureness, [Math.max(decision, CLEAR), similarity, looks]);
  const order = descending(probabilities), isUnclear = looks >= strangest && probabilities[order[0]] <= familiar;
  let doubt = "";
  if (looks < strangest || sure < least) doubt = isUnclear ? rivals(probabilities, order, familiar) : UNFAMILIAR;
  if (image.every(level => level === image[0])) doubt = BLANK;
  const top = order.slice(0, TOP).map(code => ({ label: classes[code], confidence: rounded(probabilities[code]) }));
  const whole = fragments ? logOdds(fragments.scaling, [through(fragments.test, features[0]).decisions[1]]) : 0;
  return { prediction: predicted(top, doubt), probabilities, similarity, whole, sure };
}

const logOdds = ({ weights, offset }, scores) => sum(scores.map((score, index) => score * weights[index])) + offset;
const probabilityOf = (scaling, scores) => 1 / (1 + Math.exp(-logOdds(scaling, scores)));

export const predicted = (top, doubt) => ({ ...top[0], recognized: !doubt, ...(doubt && { doubt }), top });

// Name the likeliest classes, two or more, that together are as likely as an answer has to be.
function rivals(probabilities, order, familiar) {
  let all = 0;
  const found = order.findIndex(code => (all += probabilities[code]) >= least / familiar);
  const count = Math.max(2, 1 + (found < 0 ? order.length : found)), names = order.slice(0, NAMED).map(code => classes[code]);
  const named = count <= NAMED ? names.slice(0, count) : [...names.slice(0, -1), "another"];
  return `may be ${named.slice(0, -1).join(", ")} or ${named.at(-1)}`;
}
