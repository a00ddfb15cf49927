// The two runtimes behind one door: open(runtime, model) gives { logits(images, count), close() }. `images` is a Float32Array of
// count x 1 x 28 x 28 numbers, 0 is paper, 1 is ink; the answer is a Float32Array of count x 10 logits.
import { bytes, manifest, module } from "./files.js";
import { SIDE } from "./preprocess.js";

export const RUNTIMES = {
  "ort-wasm": "ONNX Runtime Web, WebAssembly",
  "tfjs-cpu": "TensorFlow.js, JavaScript",
  "tfjs-webgl": "TensorFlow.js, WebGL",
};
const PIXELS = SIDE * SIDE;
const CLASSES = 10;
let loading = {};

/** Opens a model of the manifest (`key`: "pytorch") in a runtime. Throws an Error whose message a visitor can read. */
export async function open(runtime, key) {
  const built = await manifest();
  const model = built.models.find((entry) => entry.key === key);
  if (!model) throw new Error(`This page was built without the model of ${key}.`);
  return runtime === "ort-wasm" ? openOnnx(built, model) : openGraphModel(built, model, runtime.split("-")[1]);
}

/** The probabilities that ten logits stand for. */
export function softmax(logits) {
  const largest = Math.max(...logits); // without it, exp overflows for a large logit
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

async function openOnnx(built, model) {
  const ort = await once("ort", () => loadOnnxRuntime(built));
  const file = await bytes(model.onnx.file, model.onnx.sha256);
  const session = await ort.InferenceSession.create(new Uint8Array(file), { executionProviders: ["wasm"] });
  return {
    async logits(images, count) {
      const input = new ort.Tensor("float32", images, [count, 1, SIDE, SIDE]);
      const output = await session.run({ [session.inputNames[0]]: input });
      return output[session.outputNames[0]].data;
    },
    close: () => session.release(),
  };
}

async function loadOnnxRuntime({ runtimes }) {
  if (typeof WebAssembly === "undefined") {
    throw new Error("This browser has no WebAssembly, and ONNX Runtime Web needs it. Choose TensorFlow.js, JavaScript.");
  }
  const ort = await module(runtimes.ort.module.file, runtimes.ort.module.sha256);
  ort.env.wasm.numThreads = 1; // more need the headers that make a page cross-origin isolated
  ort.env.wasm.wasmBinary = await bytes(runtimes.ort.wasm.file, runtimes.ort.wasm.sha256);
  return ort;
}

async function openGraphModel(built, model, backend) {
  const tf = await once("tf", () => module(built.runtimes.tfjs.module.file, built.runtimes.tfjs.module.sha256));
  if (!(await tf.setBackend(backend))) throw new Error(`This browser cannot run TensorFlow.js on ${backend}.`);
  if (backend === "webgl") await readBack(tf);
  const topology = JSON.parse(new TextDecoder().decode(await bytes(built.graph.file, built.graph.sha256)));
  const weights = await bytes(model.tfjs.file, model.tfjs.sha256);
  const graph = await tf.loadGraphModel(tf.io.fromMemory({
    modelTopology: topology.modelTopology,
    signature: topology.signature,
    format: topology.format,
    weightSpecs: topology.weightsManifest[0].weights,
    weightData: weights,
  }));
  return {
    async logits(images, count) {
      await tf.setBackend(backend);
      // One channel: count x 1 x 28 x 28 and count x 28 x 28 x 1 are the same numbers in the same order.
      const input = tf.tensor(images, [count, SIDE, SIDE, 1]);
      const output = graph.execute(input);
      const found = await output.data();
      tf.dispose([input, output]);
      return found;
    },
    close: () => graph.dispose(),
  };
}

/** Against fingerprinting, a browser may change what a page reads from the graphics card: known numbers must come back. */
async function readBack(tf) {
  const known = Float32Array.from({ length: 4096 }, (_, at) => at % 256); // exact in 16 bits, too; fewer stay in the processor
  const input = tf.tensor(known);
  const output = tf.neg(input);
  const found = await output.data();
  tf.dispose([input, output]);
  if (known.some((value, at) => found[at] !== -value)) {
    throw new Error("This browser protects its graphics card: what a page reads from it is changed. Choose another runtime.");
  }
}

/** Loads a runtime once; a failed attempt may be repeated. */
function once(name, load) {
  loading[name] ??= load().catch((error) => {
    delete loading[name];
    throw error;
  });
  return loading[name];
}

/** The answer to one image: ten logits, ten probabilities, the most probable digit. */
export async function classify(model, image) {
  if (image.length !== PIXELS) throw new Error(`an image has ${PIXELS} numbers, not ${image.length}`);
  const logits = Array.from(await model.logits(image, 1)).slice(0, CLASSES);
  const probabilities = softmax(logits);
  return { logits, probabilities, digit: probabilities.indexOf(Math.max(...probabilities)) };
}
