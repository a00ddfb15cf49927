// The network in plain JavaScript, layer by layer, as the notebook explains it.

/** The weights: `packed` maps a name to a base64 text of signed bytes, and the number that stands for one step of them. */
function unpack(packed) {
  return Object.fromEntries(Object.entries(packed).map(([name, { bytes, step }]) => {
    const numbers = Int8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
    return [name, Float32Array.from(numbers, (number) => number * step)];
  }));
}

/** Convolution with windows of 3 x 3, relu, pooling. `x`: channels x side x side numbers, as one list. */
function convolve(x, side, channels, weight, bias) {
  const wide = side - 2, half = Math.floor(wide / 2);
  const result = new Float32Array(bias.length * half * half); // zeros: what is below them is cut off by relu
  for (let out = 0; out < bias.length; out++) {
    for (let row = 0; row < 2 * half; row++) {
      for (let column = 0; column < 2 * half; column++) {
        let sum = bias[out];
        for (let channel = 0; channel < channels; channel++) {
          for (let place = 0; place < 9; place++) {
            const pixel = x[(channel * side + row + Math.floor(place / 3)) * side + column + (place % 3)];
            sum += weight[(out * channels + channel) * 9 + place] * pixel;
          }
        }
        const at = (out * half + (row >> 1)) * half + (column >> 1);
        result[at] = Math.max(result[at], sum);
      }
    }
  }
  return result;
}

/** Each number meets each answer. */
function dense(x, weight, bias) {
  return bias.map((value, out) => x.reduce((sum, number, at) => sum + weight[out * x.length + at] * number, value));
}

function relu(x) {
  return x.map((number) => Math.max(number, 0));
}

function softmax(logits) {
  const largest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** Ten probabilities for an image of 28 x 28 numbers, 0 paper, 1 ink. */
function probabilities(w, image) {
  let x = convolve(image, 28, 1, w["0.weight"], w["0.bias"]);
  x = convolve(x, 13, 16, w["3.weight"], w["3.bias"]);
  x = relu(dense(x, w["7.weight"], w["7.bias"]));
  return softmax(dense(x, w["9.weight"], w["9.bias"]));
}
