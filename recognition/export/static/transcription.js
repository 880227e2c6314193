// A drawing -> the likeliest reading, seen as it is, straightened and fainter, as `inference/transcription.py` sees it.
import { boxOfCharacter, clutter, findCharacters, inLines, spaces } from "./characters.js";
import { transformed } from "./filters.js";
import { clip, rounded, softmax, sum } from "./grids.js";
import { readLattice } from "./lattice.js";
import { isBlot, normalize } from "./normalization.js";
import { constants, parameters } from "./parameters.js";
import { examine, predicted } from "./recognizer.js";
import { segment } from "./segmentation.js";

const { CLEARLY, CLUTTER, CLUTTERED, DOT, FAINTER, FAR, LEAST, LIKENESS, MANY, NEAR, PALER, SLOPING, STRANGE } = constants.transcription;
const { TOP } = constants.recognizer, { classes } = parameters;

// Return the view of the most evidence: {seen, top, doubt, evidence, ink, inDrawing}.
export function transcribe(ink) {
  const views = [viewOf(ink)], angle = slopeOf(views[0].seen);
  const looks = angle ? [() => turned(ink, angle)] : [];
  if (views[0].evidence < CLEARLY && views[0].seen.length <= MANY) looks.push(() => viewOf(ink, PALER, FAINTER));
  for (const look of looks) {
    try {
      views.push(look());
    } catch (error) {
      if (!error.code) throw error;  // nothing is to be seen in that way
    }
  }
  return views.reduce((best, view) => (view.evidence > best.evidence ? view : best));
}

function viewOf(ink, share = 1, faint = 1) {
  const lines = inLines(findCharacters(ink, faint)), characters = lines.flat(), seen = new Map();
  recognize(characters, seen);
  const blots = characters.filter(character => isBlot(character.ink));
  const isClear = ({ prediction, evidence }) => prediction.recognized && evidence >= CLEARLY;
  const clear = characters.filter(character => blots.includes(character) || isClear(seen.get(character)));
  const { hypotheses, prices } = segment(lines, new Set(clear), ink);
  recognize(hypotheses.map(({ character }) => character).filter(character => !seen.has(character)), seen);
  const scores = hypotheses.map(({ character, weight }) => seen.get(character).scores.map(score => score + weight));
  const paths = readLattice(hypotheses, scores, classes, prices), shares = softmax(paths.map(({ score }) => score)).map(rounded);
  const texts = paths.slice(0, TOP).map(path => withGaps(path, hypotheses));
  const best = texts[0].map(({ character, gap }) => ({ ...seen.get(character), gap }));
  for (const one of best) if (blots.includes(one.character)) one.prediction = predicted(one.prediction.top, DOT);
  const readings = texts.map((text, place) => ({ label: text.map(({ gap, label }) => gap + label).join(""), confidence: shares[place] }));
  return { seen: best, top: best.length === 1 ? best[0].prediction.top : readings, ink, inDrawing: box => box,
    doubt: clutter(ink, characters) > CLUTTERED ? CLUTTER : "", evidence: share * Math.min(...best.map(({ evidence }) => evidence)) };
}

// Recognise characters, and add them to what is seen.
function recognize(characters, seen) {
  for (const character of characters) {
    const image = normalize(character.ink), { prediction, probabilities, similarity, familiar } = examine(image);
    const weight = LIKENESS * Math.log(Math.max(familiar, STRANGE)) + FAR * Math.log(clip(similarity / NEAR, LEAST, 1));
    const scores = probabilities.map(probability => Math.log(Math.max(probability, LEAST)) + weight);
    seen.set(character, { prediction, image, character, scores, evidence: prediction.confidence * similarity });
  }
}

// List the characters of a path, each with its label and what stands before it.
function withGaps({ edges, labels }, hypotheses) {
  const path = edges.map(edge => hypotheses[edge]);
  return path.map((hypothesis, place) => {
    const line = path.filter(other => other.line === hypothesis.line), within = line.indexOf(hypothesis);
    const isWide = spaces(line.map(({ character }) => character))[within - 1];
    return { character: hypothesis.character, label: labels[place], gap: place && !within ? "\n" : isWide ? " " : "" };
  });
}

// Measure the angle of a sloping row in radians; 0 if there is none.
function slopeOf(seen) {
  if (seen.length < 3 || seen.some(({ gap }) => gap === "\n")) return 0;
  const boxes = seen.map(({ character }) => boxOfCharacter(character));
  const [x, y] = [0, 1].map(axis => {
    const middles = boxes.map(box => (box[axis] + box[axis + 2]) / 2), mean = sum(middles) / middles.length;
    return middles.map(middle => middle - mean);
  });
  const angle = Math.atan(sum(x.map((across, place) => across * y[place])) / sum(x.map(across => across ** 2)));
  return Math.abs(angle) > SLOPING[0] && Math.abs(angle) < SLOPING[1] ? angle : 0;
}

// See the ink turned by an angle, so that a sloping row is level; boxes are brought back upright around turned ones.
function turned(ink, angle) {
  const { width, height } = ink, sine = Math.sin(angle), cosine = Math.cos(angle);
  const [wide, high] = [[width, height], [height, width]].map(([along, other]) => {
    const reach = (along * cosine + other * Math.abs(sine)) / 2;
    return Math.ceil(along / 2 + reach) - Math.floor(along / 2 - reach);
  });
  const inSource = (x, y) => [(x - wide / 2) * cosine - (y - high / 2) * sine + width / 2,
    (x - wide / 2) * sine + (y - high / 2) * cosine + height / 2];
  const [x, y] = inSource(0, 0), level = transformed(ink, high, wide, [cosine, -sine, x, sine, cosine, y]);
  const inDrawing = ([left, top, right, bottom]) => {
    const corners = [[left, top], [right, top], [right, bottom], [left, bottom]].map(corner => inSource(...corner));
    const [xs, ys] = [0, 1].map(axis => corners.map(corner => corner[axis]));
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  };
  return { ...viewOf(level), ink, inDrawing };
}
