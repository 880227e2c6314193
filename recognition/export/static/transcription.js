// A drawing -> the likeliest reading, seen as it is, straightened and fainter, as `inference/transcription.py` sees it.
import { boxOfCharacter, clutter, findCharacters, inLines, spaces, Unreadable } from "./characters.js";
import { transformed } from "./filters.js";
import { clip, rounded, softmax } from "./grids.js";
import { readLattice } from "./lattice.js";
import { isBlot, normalize } from "./normalization.js";
import { constants, parameters } from "./parameters.js";
import { examine, predicted } from "./recognizer.js";
import { segment } from "./segmentation.js";

const { CERTAIN, CLEARLY, CLUTTER, CLUTTERED, DOT, FAINTER, FAR, GRAINS, GRAINY, LEAST, LIKENESS, MANY, NEAR, NOTHING_FITS,
  PALER, RULED_OUT, SLOPING, STRANGE, TOO_GRAINY } = constants.transcription;
const { TOP } = constants.recognizer, { classes } = parameters;

// Return the view of the most evidence: {seen, top, enough, doubt, evidence, inPicture}.
export function transcribe(ink, noise, automaton) {
  const views = [viewOf(ink, noise, automaton)], angle = slopeOf(views[0].seen);
  const looks = angle ? [() => turned(ink, noise, automaton, angle)] : [];
  if (views[0].evidence < CLEARLY && views[0].seen.length <= MANY) looks.push(() => viewOf(ink, noise, automaton, PALER, FAINTER));
  for (const look of looks) {
    try {
      views.push(look());
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;  // nothing is to be seen in that way
    }
  }
  return views.reduce((best, view) => (view.evidence > best.evidence ? view : best));
}

function viewOf(ink, noise, automaton, share = 1, faint = 1) {
  const lines = inLines(findCharacters(ink, noise, faint)), characters = lines.flat(), seen = new Map();
  recognize(characters, seen);
  const blots = new Set(characters.filter(character => isBlot(character.ink)));
  const isClear = ({ prediction, evidence }) => prediction.recognized && evidence >= CLEARLY;
  const clear = characters.filter(character => blots.has(character) || isClear(seen.get(character)));
  let { hypotheses, paths } = pathsOf(lines, new Set(clear), ink, seen, automaton);
  if (!paths.length) ({ hypotheses, paths } = pathsOf(lines, blots, ink, seen, automaton));
  if (!paths.length) throw new Unreadable(NOTHING_FITS, "nothing_fits");
  const texts = paths.slice(0, TOP).map(path => withGaps(path, hypotheses, automaton));
  const best = texts[0].map(({ character, gap, label }) => {
    const one = relabelled(seen.get(character), label);
    return { ...one, gap, prediction: blots.has(character) ? predicted(one.prediction.top, DOT) : one.prediction };
  });
  const shares = softmax(paths.map(({ score }) => score)).map(rounded);
  const readings = texts.map((text, place) => ({ label: text.map(({ gap, label }) => gap + label).join(""), confidence: shares[place] }));
  const top = best.length === 1 && !automaton ? best[0].prediction.top : readings;
  return { seen: best, top, ...required(ink, noise, characters), evidence: share * Math.min(...best.map(({ evidence }) => evidence)),
    inPicture: box => box, ink };
}

// Return what may be a character and the readings of it, and add to what is seen.
function pathsOf(lines, clear, ink, seen, automaton) {
  const { hypotheses, prices } = segment(lines, clear, ink);
  recognize(hypotheses.map(({ character }) => character).filter(character => !seen.has(character)), seen);
  const scores = hypotheses.map(({ character, weight }) => seen.get(character).scores.map(score => score + weight));
  return { hypotheses, paths: readLattice(hypotheses, scores, classes, prices, automaton) };
}

function recognize(characters, seen) {
  for (const character of characters) {
    const image = normalize(character.ink), { prediction, probabilities, similarity, familiar } = examine(image);
    const weight = LIKENESS * Math.log(Math.max(familiar, STRANGE)) + FAR * Math.log(clip(similarity / NEAR, LEAST, 1));
    const scores = probabilities.map(probability => Math.log(Math.max(probability, LEAST)) + weight);
    seen.set(character, { prediction, image, character, scores, evidence: prediction.confidence * similarity });
  }
}

// List the characters of a path, each with its label and what stands before it; a pattern knows no gaps.
function withGaps({ edges, labels }, hypotheses, automaton) {
  const path = edges.map(edge => hypotheses[edge]);
  return path.map(({ character, line }, place) => {
    const isFirst = place > 0 && path[place - 1].line !== line, own = path.filter(each => each.line === line);
    const wide = spaces(own.map(each => each.character))[own.indexOf(path[place]) - 1];
    return { character, label: labels[place], gap: automaton ? "" : isFirst ? "\n" : wide ? " " : "" };
  });
}

// Return what is seen under the label that a pattern allows; what is likelier is ruled out.
function relabelled(one, label) {
  const { prediction, scores } = one;
  if (prediction.label === label) return one;
  const factor = Math.exp(scores[classes.indexOf(label)] - Math.max(...scores));
  const confidence = rounded(prediction.confidence * factor);
  const others = prediction.top.filter(other => other.confidence <= confidence && other.label !== label);
  return { ...one, prediction: predicted([{ label, confidence }, ...others], RULED_OUT), evidence: one.evidence * factor };
}

// Return the confidence that characters need on this drawing, and why those of less are doubted.
function required(ink, noise, characters) {
  if (noise > TOO_GRAINY) return { enough: Infinity, doubt: GRAINS };
  if (clutter(ink, characters) > CLUTTERED) return { enough: Infinity, doubt: CLUTTER };
  return noise < GRAINY ? { enough: 0, doubt: "" } : { enough: CERTAIN, doubt: GRAINS };
}

// Measure the angle of a sloping row in radians; 0 if there is none.
function slopeOf(seen) {
  if (seen.length < 3 || seen.some(({ gap }) => gap === "\n")) return 0;
  const boxes = seen.map(({ character }) => boxOfCharacter(character)), average = values => values.reduce((a, b) => a + b) / values.length;
  const [x, y] = [0, 1].map(axis => boxes.map(box => (box[axis] + box[axis + 2]) / 2)), [meanX, meanY] = [average(x), average(y)];
  const angle = Math.atan(x.reduce((sum, each, place) => sum + (each - meanX) * (y[place] - meanY), 0)
    / x.reduce((sum, each) => sum + (each - meanX) ** 2, 0));
  return Math.abs(angle) > SLOPING[0] && Math.abs(angle) < SLOPING[1] ? angle : 0;
}

// See the ink turned by an angle, so that a sloping row is level; boxes are brought back upright around turned ones.
function turned(ink, noise, automaton, angle) {
  const { width, height } = ink, sine = Math.sin(angle), cosine = Math.cos(angle);
  const corners = [[0, 0], [width, 0], [width, height], [0, height]].map(([x, y]) =>
    [(x - width / 2) * cosine + (y - height / 2) * sine + width / 2, (y - height / 2) * cosine - (x - width / 2) * sine + height / 2]);
  const [wide, high] = [0, 1].map(axis => Math.ceil(Math.max(...corners.map(corner => corner[axis])))
    - Math.floor(Math.min(...corners.map(corner => corner[axis]))));
  const inSource = (x, y) => [(x - wide / 2) * cosine - (y - high / 2) * sine + width / 2,
    (x - wide / 2) * sine + (y - high / 2) * cosine + height / 2];
  const [originX, originY] = inSource(0, 0);
  const level = transformed(ink, high, wide, [cosine, -sine, originX, sine, cosine, originY]);
  const inPicture = ([left, top, right, bottom]) => {
    const [xs, ys] = [0, 1].map(axis => [[left, top], [right, top], [right, bottom], [left, bottom]].map(corner => inSource(...corner)[axis]));
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  };
  return { ...viewOf(level, noise, automaton), ink, inPicture };
}
