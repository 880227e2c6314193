// A drawing -> the likeliest reading, seen as it is, straightened, upright and fainter, as `inference/transcription.py` and
// `inference/views.py` see it.
import { boxOfCharacter, clutter, findCharacters, withoutBorders } from "./characters.js";
import { transformed } from "./filters.js";
import { clip, largest, rint, rounded, softmax, sum } from "./grids.js";
import { readLattice } from "./lattice.js";
import { isBlot, normalize } from "./normalization.js";
import { constants, parameters } from "./parameters.js";
import { examine, predicted } from "./recognizer.js";
import { inLines, segment, spaces } from "./segmentation.js";

const { FAINTER, MANY, PALER, SLOPING } = constants.transcription;
const { CLEARLY, CLUTTER, CLUTTERED, DOT, ELSE, LEAST, ODDS, TOGETHER, UNLIKE, WHOLE } = constants.views;
const { INKED, SLANTS } = constants.strokes, { TOP, UNFAMILIAR } = constants.recognizer, { classes } = parameters;
const AS_IT_IS = [1, 0, 0, 1];  // a matrix, row by row

// Return the best view: {seen, top, doubt, sure, evidence, inDrawing}.
export function transcribe(ink) {
  const views = [viewOf(ink, {})];
  if (views[0].isClear || views[0].seen.length > MANY) return views[0];
  for (const look of looks(ink, views[0])) {
    try {
      views.push(viewOf(ink, look));
    } catch (error) {
      if (!error.code) throw error;  // nothing is to be seen in that way
    }
    if (views.at(-1).isClear) break;
  }
  const compared = (one, other) => one.isRecognized - other.isRecognized || one.evidence - other.evidence;
  return views.reduce((best, view) => (compared(view, best) > 0 ? view : best));
}

function* looks(ink, { seen }) {
  const angle = slopeOf(seen), slant = slantOf(ink);
  if (angle) yield { back: [Math.cos(angle), -Math.sin(angle), Math.sin(angle), Math.cos(angle)] };
  if (slant) yield { back: [1, -slant, 0, 1] };
  yield { faint: FAINTER, share: PALER };
}

// See the ink, mapped so that the matrix `back` leads back.
function viewOf(drawing, { back = AS_IT_IS, faint = 1, share = 1 }) {
  const ink = back === AS_IT_IS ? drawing : mappedBack(withoutBorders(drawing), back), seen = new Map();
  const lines = inLines(findCharacters(ink, faint)), characters = lines.flat();
  recognize(characters, seen);
  const blots = characters.filter(character => isBlot(character.ink));
  const clear = characters.filter(character => blots.includes(character) || isClear(seen.get(character)));
  const { hypotheses, prices } = segment(lines, new Set(clear), ink);
  recognize(hypotheses.map(({ character }) => character).filter(character => !seen.has(character)), seen);
  const scores = hypotheses.map(({ character, weight }) => seen.get(character).scores.map(score => score + weight));
  const paths = readLattice(hypotheses, scores, classes, prices), shares = softmax(paths.map(({ score }) => score)).map(rounded);
  const texts = paths.slice(0, TOP).map(path => withGaps(path, hypotheses));
  const best = texts[0].map(({ character, gap }) => ({ ...seen.get(character), gap }));
  for (const one of best) if (blots.includes(one.character)) one.prediction = predicted(one.prediction.top, DOT);
  const readings = texts.map((text, place) => ({ label: text.map(({ gap, label }) => gap + label).join(""), confidence: shares[place] }));
  const likely = best.reduce((all, { prediction }) => all * prediction.confidence ** 2, shares[0]);
  const doubts = best.map(({ prediction }) => prediction.doubt);
  const written = !doubts.includes(DOT) && doubts.filter(doubt => doubt === UNFAMILIAR).length < UNLIKE * best.length;
  const sure = best.length > 1 && written && likely >= TOGETHER;
  const leftOut = sum(prices) - sum(paths[0].edges.map(edge => sum(prices.slice(hypotheses[edge].first, hypotheses[edge].after))));
  const evidence = sum(best.map(one => Math.log(Math.max(LEAST, one.evidence)))) - leftOut;
  return { seen: best, top: best.length === 1 ? best[0].prediction.top : readings, sure, isClear: sure || best.every(isClear),
    isRecognized: best.every(({ prediction }) => prediction.recognized),
    doubt: leftOut > ELSE * best.length || clutter(ink, characters) > CLUTTERED ? CLUTTER : "",
    evidence: share * Math.exp(evidence / best.length),
    inDrawing: (box, width, height) => boxBack(box, ink, drawing, back, width / drawing.width, height / drawing.height) };
}

const isClear = ({ prediction, evidence }) => prediction.doubt === DOT || (prediction.recognized && evidence >= CLEARLY);

// Recognise characters, and add them to what is seen.
function recognize(characters, seen) {
  for (const character of characters) {
    const image = normalize(character.ink), { prediction, probabilities, similarity, whole } = examine(image);
    const weight = WHOLE * clip(whole, -ODDS, ODDS);
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

// Measure how far writing slants: what makes its strokes fall on the fewest columns.
function slantOf({ height, width, data }) {
  const crowds = SLANTS.map(slant => {
    const counts = new Float64Array(width + 2 * height);
    for (let place = 0; place < data.length; place += 1) {
      if (data[place] > INKED) counts[rint(place % width + slant * Math.floor(place / width)) + height] += 1;
    }
    return sum(counts.map(count => count ** 2));
  });
  return SLANTS[crowds.indexOf(largest(crowds))];
}

// Return ink on the smallest paper that holds what `back` leads back from.
function mappedBack(ink, [a, b, c, d]) {
  const scale = a * d - b * c, width = Math.ceil(Math.abs(d / scale) * ink.width + Math.abs(b / scale) * ink.height);
  const height = Math.ceil(Math.abs(c / scale) * ink.width + Math.abs(a / scale) * ink.height);
  const left = (ink.width - a * width - b * height) / 2, top = (ink.height - c * width - d * height) / 2;
  return transformed(ink, height, width, [a, b, left, c, d, top]);
}

// Return the upright box around what a box leads back to, in pixels that are so much larger.
function boxBack([left, top, right, bottom], ink, drawing, [a, b, c, d], across, down) {
  const corners = [[left, top], [right, top], [right, bottom], [left, bottom]];
  const [x, y] = [0, 1].map(axis => corners.map(corner => corner[axis] - (axis ? ink.height : ink.width) / 2));
  const columns = x.map((value, corner) => (a * value + b * y[corner] + drawing.width / 2) * across);
  const rows = x.map((value, corner) => (c * value + d * y[corner] + drawing.height / 2) * down);
  return [Math.max(0, Math.floor(Math.min(...columns))), Math.max(0, Math.floor(Math.min(...rows))),
    Math.min(drawing.width * across, Math.ceil(Math.max(...columns))), Math.min(drawing.height * down, Math.ceil(Math.max(...rows)))];
}
