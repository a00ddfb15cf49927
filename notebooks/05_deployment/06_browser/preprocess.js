// From strokes to the network's pixels, and what MNIST's authors did to a digit (LeCun, Cortes and Burges): the longer side
// becomes 20 pixels, the centre of mass moves to the middle of 28 x 28. Every pixel of the result is the mean ink of the square
// that it covers in the drawing. preprocess.py is its twin in Python; a test holds the two together.

export const SIDE = 28;
const BOX = 20;
const MIDDLE = 14;
const DETAIL = 5; // a drawing has so many pixels where the network has one, in each direction
export const RASTER = SIDE * DETAIL;
const PEN = 2.5 * DETAIL; // the pen's width, about that of MNIST's digits
const TOO_SMALL = 0.04; // of the drawing area: what is smaller, a click with a trembling hand, is no digit
const FAINT = 1 / 255; // less ink than this is none

/** Whether strokes (lists of points [x, y] in 0..1) are there, but too small to be a digit. */
export function tooSmall(strokes) {
  return strokes.length > 0 && size(bounds(strokes)) < TOO_SMALL;
}

/** Strokes as RASTER x RASTER numbers, 0 is paper, 1 is ink. First the strokes are scaled, then a pen of one width draws them: so
 * a small drawing gets no fat lines. Nothing is read from a canvas: against fingerprinting, browsers may change what they give. */
export function rasterise(strokes) {
  const ink = new Float32Array(RASTER * RASTER);
  if (!strokes.length) return ink;
  const box = bounds(strokes);
  const scale = (BOX * DETAIL - PEN) / Math.max(size(box), TOO_SMALL);
  const place = ([x, y]) => [RASTER / 2 + (x - (box.left + box.right) / 2) * scale,
                             RASTER / 2 + (y - (box.top + box.bottom) / 2) * scale];
  for (const stroke of strokes) {
    let from = place(stroke[0]);
    for (const point of stroke) {
      const to = place(point);
      drawLine(ink, from, to);
      from = to;
    }
  }
  return ink;
}

function bounds(strokes) {
  const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (const [x, y] of strokes.flat()) {
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y);
  }
  return box;
}

function size(box) {
  return Math.max(box.right - box.left, box.bottom - box.top);
}

/** A straight line with round ends. How much of a pixel it covers follows from the distance between their middles. */
function drawLine(ink, [x0, y0], [x1, y1]) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const square = dx * dx + dy * dy;
  const reach = PEN / 2 + 1;
  const last = Math.min(RASTER, Math.max(y0, y1) + reach);
  const right = Math.min(RASTER, Math.max(x0, x1) + reach);
  for (let row = Math.max(0, Math.floor(Math.min(y0, y1) - reach)); row < last; row++) {
    for (let column = Math.max(0, Math.floor(Math.min(x0, x1) - reach)); column < right; column++) {
      const x = column + 0.5 - x0;
      const y = row + 0.5 - y0;
      const along = square ? Math.min(1, Math.max(0, (x * dx + y * dy) / square)) : 0;
      const a = x - along * dx;
      const b = y - along * dy;
      const covered = Math.min(1, PEN / 2 + 0.5 - Math.sqrt(a * a + b * b));
      const at = row * RASTER + column;
      if (covered > FAINT && covered > ink[at]) ink[at] = covered;
    }
  }
}

/** A drawing (`ink`: width x height numbers, 0 is paper, 1 is ink) as the 28 x 28 numbers that the network reads. */
export function preprocess(ink, width, height) {
  const box = boundingBox(ink, width, height);
  const image = new Float32Array(SIDE * SIDE);
  if (!box) return image;
  const step = Math.max(box.width, box.height) / BOX; // so many pixels of the drawing become one
  const rowMass = new Float64Array(box.height);
  const columnMass = new Float64Array(box.width);
  const crop = new Float64Array(box.width * box.height);
  for (let y = 0; y < box.height; y++) {
    for (let x = 0; x < box.width; x++) {
      const value = ink[(box.top + y) * width + box.left + x];
      crop[y * box.width + x] = value;
      rowMass[y] += value;
      columnMass[x] += value;
    }
  }
  const down = starts(rowMass, step);
  const across = starts(columnMass, step);
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      image[row * SIDE + column] = mean(crop, box, down[row], across[column], step);
    }
  }
  return image;
}

/** The smallest rectangle that holds all ink; null for an empty drawing. */
function boundingBox(ink, width, height) {
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (ink[y * width + x] > 0) {
        left = Math.min(left, x);
        right = Math.max(right, x);
        top = Math.min(top, y);
        bottom = Math.max(bottom, y);
      }
    }
  }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** Along one axis: where each of the 28 pixels begins in the crop, if the centre of mass is to land in pixel 14. */
function starts(mass, step) {
  let total = 0;
  let moment = 0;
  mass.forEach((value, at) => {
    total += value;
    moment += value * (at + 0.5);
  });
  const shift = MIDDLE - Math.floor(moment / total / step);
  return Array.from({ length: SIDE }, (_, pixel) => (pixel - shift) * step);
}

/** The mean ink of the square of side `step` whose corner is at (`left`, `top`) in the crop; outside the crop is paper. */
function mean(crop, box, top, left, step) {
  let sum = 0;
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(box.height, top + step); y++) {
    const tall = Math.min(y + 1, top + step) - Math.max(y, top);
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(box.width, left + step); x++) {
      const wide = Math.min(x + 1, left + step) - Math.max(x, left);
      sum += crop[y * box.width + x] * tall * wide;
    }
  }
  return sum / (step * step);
}
