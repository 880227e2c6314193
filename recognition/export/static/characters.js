// Ink -> the characters in it, as `imaging/characters.py` finds them: {left, top, ink, pieces} each.
import { maximum, mean, mirrored } from "./filters.js";
import { boxOf, grid, largest, mapped, part, quantile, rint, sum } from "./grids.js";
import { constants } from "./parameters.js";

const { ABOVE, BROKEN, DOT, EDGE, EVENED, FAINTEST, MOST, NEAR, NOTHING, PALE, PART, SMALL, SPECK, SURE, THIN,
  TOO_MANY } = constants.characters;

// Return the error of what cannot be read: a sentence, and the contract's code for it.
export const unreadable = (sentence, code = "unreadable_picture") => Object.assign(new Error(sentence), { code });

export const sizeOf = ({ ink }) => Math.max(ink.width, ink.height);
export const boxOfCharacter = ({ left, top, ink }) => [left, top, left + ink.width, top + ink.height];
export const centreOf = ({ left, top, ink }) => [left + ink.width / 2, top + ink.height / 2];

export function joined(a, b) {
  const boxes = [a, b].map(boxOfCharacter), [left, top] = [0, 1].map(side => Math.min(...boxes.map(box => box[side])));
  const [right, bottom] = [2, 3].map(side => Math.max(...boxes.map(box => box[side])));
  const [one, other] = [a, b].map(each => part(each.ink, top - each.top, left - each.left, bottom - top, right - left));
  const pieces = [a, b].flatMap(each => (each.pieces.length ? each.pieces : [each]));
  return { left, top, ink: mapped(one, (value, place) => Math.max(value, other.data[place])), pieces };
}

// Return the share of the longer side that lies on the border of the drawing.
export function onBorder(character, { width, height }) {
  const { left, top, ink } = character;
  if (left && top && left + ink.width < width && top + ink.height < height) return 0;
  const count = sum(ink.data.map((value, place) => {
    const x = left + place % ink.width, y = top + Math.floor(place / ink.width);
    return value > FAINTEST && (x === 0) + (y === 0) + (x === width - 1) + (y === height - 1);
  }));
  return Math.min(1, count / sizeOf(character));
}

export function findCharacters(ink, faint) {
  const pieces = piecesOf(ink, faint * FAINTEST);
  if (!pieces.length) throw unreadable(NOTHING, "blank_picture");
  const candidates = pieces.some(piece => !isFlat(piece)) ? pieces.filter(piece => !isFlat(piece)) : pieces;
  const chances = candidates.map(piece => chanceOf(piece, ink)), main = candidates[chances.indexOf(largest(chances))];
  const size = sizeOf(main);
  const inside = pieces.filter(piece => piece === main || (onBorder(piece, ink) < SMALL && sizeOf(piece) > PART * size
    && !crosses(piece, ink) && !(isFlat(piece) && sizeOf(piece) > size)));
  if (inside.length > MOST) throw unreadable(TOO_MANY.replace("{}", inside.length));
  return alike(assembled(inside, size)).map(evened);
}

// Take out what lies along the border, which would be no border any more once the ink is turned or sheared.
export function withoutBorders(ink) {
  const rest = mapped(ink, value => value);
  for (const piece of piecesOf(ink, FAINTEST).filter(piece => onBorder(piece, ink) >= SMALL)) {
    piece.ink.data.forEach((value, place) => {
      const x = piece.left + place % piece.ink.width, y = piece.top + Math.floor(place / piece.ink.width);
      if (value > 0) rest.data[y * ink.width + x] = 0;
    });
  }
  return rest;
}

// Return ink that hangs together.
function piecesOf(ink, faintest) {
  const { width, height, data } = ink, isNew = data.map(value => value > faintest), pieces = [];
  for (let start = isNew.indexOf(1); start >= 0; start = isNew.indexOf(1, start)) {
    const places = [start], own = grid(height, width);
    isNew[start] = 0;
    for (let next = 0; next < places.length; next += 1) {
      const x = places[next] % width, y = Math.floor(places[next] / width);
      own.data[places[next]] = data[places[next]];
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row += 1) {
        for (let other = row * width + Math.max(0, x - 1); other <= row * width + Math.min(width - 1, x + 1); other += 1) {
          if (isNew[other]) places.push(other);
          isNew[other] = 0;
        }
      }
    }
    const [left, top, right, bottom] = boxOf(own, 0), isStrong = places.some(place => data[place] > Math.max(SURE, 1.4 * faintest));
    if (places.length >= SPECK && isStrong) pieces.push({ left, top, ink: part(own, top, left, bottom - top, right - left), pieces: [] });
  }
  return pieces;
}

// How much a piece looks like what the drawing is: large, central, away from the border.
function chanceOf(piece, drawing) {
  const [left, top, right, bottom] = boxOfCharacter(piece), border = onBorder(piece, drawing) + crosses(piece, drawing);
  const away = ((left + right) / drawing.width - 1) ** 2 + ((top + bottom) / drawing.height - 1) ** 2;
  return sizeOf(piece) * Math.min(1, largest(piece.ink.data)) * Math.exp(-away - 4 * border);
}

const isFlat = ({ ink }) => ink.height < THIN * ink.width;

// Whether a piece is a thin line right across.
function crosses(piece, { width, height }) {
  const [left, top, right, bottom] = boxOfCharacter(piece), thin = THIN * sizeOf(piece);
  return (left === 0 && right === width && bottom - top < thin) || (top === 0 && bottom === height && right - left < thin);
}

// Put the parts of characters together; parts of nothing are left out.
function assembled(pieces, size) {
  const characters = joinedWhereOne(pieces.filter(piece => sizeOf(piece) >= SMALL * size), size);
  for (const piece of pieces.filter(piece => sizeOf(piece) < SMALL * size).sort((a, b) => sizeOf(b) - sizeOf(a))) {
    const gaps = characters.map(character => gap(piece, character)), apart = gaps.map(each => Math.max(...each));
    const nearest = apart.indexOf(Math.min(...apart)), [across, down] = gaps[nearest];
    const isDot = across === 0 && down < ABOVE * size && sizeOf(piece) > DOT * size;
    if (isDot || Math.max(across, down) < NEAR * size) characters[nearest] = joined(characters[nearest], piece);
  }
  return characters;
}

function joinedWhereOne(pieces, size) {
  let all = [];
  for (let character of pieces) {
    for (let one; (one = all.find(other => areOne(other, character, size)));) {
      all = all.filter(other => other !== one);
      character = joined(one, character);
    }
    all.push(character);
  }
  return all;
}

// Whether pieces are of one character: one above the other, with hardly a gap in the stroke.
function areOne(a, b, size) {
  const [across, down] = gap(a, b), [one, other] = [boxOfCharacter(a), boxOfCharacter(b)];
  const overlap = Math.min(one[2], other[2]) - Math.max(one[0], other[0]);
  return down < BROKEN * size && across === 0 && overlap > Math.min(a.ink.width, b.ink.width) / 2;
}

// How far two boxes are apart, across and down; 0 where they overlap.
function gap(a, b) {
  const [one, other] = [boxOfCharacter(a), boxOfCharacter(b)];
  return [0, 1].map(axis => Math.max(0, one[axis] - other[axis + 2], other[axis] - one[axis + 2]));
}

export const nearlyTouch = (a, b) => Math.max(...gap(a, b)) < BROKEN * Math.max(sizeOf(a), sizeOf(b));

// Leave out what is much smaller or paler than the largest.
function alike(characters) {
  const size = largest(characters.map(sizeOf)), large = characters.filter(each => sizeOf(each) >= SMALL * size);
  const strengths = large.map(({ ink }) => quantile(ink.data.filter(value => value > 0), 0.8));
  return large.filter((_, index) => strengths[index] >= PALE * largest(strengths));
}

// Bring faint parts of strokes up to the strong ones.
function evened({ left, top, ink, pieces }) {
  const near = Math.max(5, rint(EVENED * sizeOf({ ink }))), strongest = mean(maximum(ink, near, mirrored), near, mirrored);
  const even = mapped(ink, (value, place) => value / Math.max(strongest.data[place], 1e-3));
  return { left, top, ink: even, pieces: pieces.map(evened) };
}

// Return dark points beside the characters, as a share of theirs; the outermost part of the drawing does not count.
export function clutter({ height, width, data }, characters) {
  const boxes = characters.map(boxOfCharacter), edge = rint(EDGE * Math.max(width, height));
  const isIn = (x, y, [left, top, right, bottom]) => x >= left && x < right && y >= top && y < bottom;
  let mine = 0, others = 0;
  data.forEach((value, place) => {
    if (value <= SURE) return;
    const x = place % width, y = Math.floor(place / width);
    if (boxes.some(box => isIn(x, y, box))) mine += 1;
    else others += isIn(x, y, [edge, edge, width - edge, height - edge]);
  });
  return others / Math.max(1, mine);
}
