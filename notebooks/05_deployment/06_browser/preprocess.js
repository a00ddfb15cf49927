// What MNIST's authors did to a digit (LeCun, Cortes and Burges): the longer side becomes 20 pixels, the centre of mass moves to
// the middle of 28 x 28. Every pixel of the result is the mean ink of the rectangle that it covers in the drawing.
// preprocess.py is its twin in Python; a test holds the two together.

export const SIDE = 28;
const BOX = 20;
const MIDDLE = 14;

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
