// The page: strokes -> 28 x 28 pixels -> a runtime -> ten bars. Everything is loaded when it is first needed.
import { manifest } from "./files.js";
import { drawingArea } from "./ink.js";
import { preprocess, RASTER, rasterise, SIDE, tooSmall } from "./preprocess.js";
import { classify, open, RUNTIMES } from "./runtimes.js";

const element = (id) => document.getElementById(id);
const EMPTY = "Draw a digit from 0 to 9.";
const SMALL = "That is too small to read. Go on, or draw it larger.";
const opened = new Map(); // "runtime key" -> promise of a model
const times = [];
let latest = 0; // a number for each change: an answer that comes late is dropped

const area = drawingArea(element("paper"), (strokes, drawing) => schedule(strokes, drawing));
element("undo").addEventListener("click", area.undo);
element("clear").addEventListener("click", area.clear);
for (const id of ["framework", "runtime"]) element(id).addEventListener("change", () => {
  times.length = 0;
  schedule(area.strokes(), false);
});
element("compare").addEventListener("toggle", () => schedule(area.strokes(), false));
makeBars();
start();

async function start() {
  try {
    const { models } = await manifest();
    element("framework").append(...models.map(({ key, name, year }) => new Option(`${name} (${year})`, key)));
    element("framework").value = "pytorch";
    element("runtime").append(...Object.entries(RUNTIMES).map(([key, name]) => new Option(name, key)));
    if (typeof WebAssembly === "undefined") {
      tell("This browser has no WebAssembly, so ONNX Runtime Web cannot run. TensorFlow.js computes in JavaScript instead, slower.");
      element("runtime").value = "tfjs-cpu";
      element("runtime").options[0].disabled = true;
    }
    await model(element("framework").value); // ready before the first stroke
  } catch (error) {
    tell(error.message);
  }
}

/** A model of the chosen runtime; each is opened once. */
function model(key) {
  const name = `${element("runtime").value} ${key}`;
  if (!opened.has(name)) {
    opened.set(name, open(element("runtime").value, key));
    opened.get(name).catch(() => opened.delete(name));
  }
  return opened.get(name);
}

function schedule(strokes, drawing) {
  const mine = ++latest;
  element("answer").setAttribute("aria-busy", "true");
  requestAnimationFrame(async () => {
    if (mine !== latest) return; // something newer came in the same frame
    try {
      await look(strokes, drawing, () => mine === latest);
    } catch (error) {
      show(null);
      tell(error.message);
    }
    if (mine !== latest) return;
    element("answer").dataset.strokes = strokes.length;
    element("answer").setAttribute("aria-busy", "false");
  });
}

async function look(strokes, drawing, current) {
  const image = preprocess(rasterise(strokes), RASTER, RASTER);
  showPixels(image);
  if (!strokes.length || tooSmall(strokes)) return show(null, drawing, strokes.length ? SMALL : EMPTY);
  const chosen = await model(element("framework").value);
  const before = performance.now();
  const found = await classify(chosen, image);
  times.push(performance.now() - before);
  if (!current()) return;
  tell("");
  show(found, drawing);
  if (!drawing && element("compare").open) await compare(image, current);
}

function show(found, drawing, otherwise = EMPTY) {
  const { probabilities = Array(10).fill(0), digit = -1 } = found ?? {};
  [...element("bars").children].forEach((row, at) => {
    row.classList.toggle("first", at === digit);
    row.querySelector(".bar").style.width = `${100 * probabilities[at]}%`;
    row.querySelector(".percent").textContent = found ? percent(probabilities[at]) : "";
  });
  if (!found) element("eleven").replaceChildren();
  // A screen reader hears the answer when the pen is lifted, not at every move.
  if (!drawing) element("answer").textContent = found ? `This is a ${digit}: ${percent(probabilities[digit])}.` : otherwise;
  const last = times.slice(-20).sort((a, b) => a - b);
  const median = last[last.length >> 1]; // 0 where a browser keeps its clock coarse, against fingerprinting
  element("time").textContent = found && median > 0
    ? `${median.toFixed(1)} ms an answer (median of the last ${last.length}).` : "";
}

async function compare(image, current) {
  const rows = [];
  for (const { value, label } of element("framework").options) {
    const { digit, probabilities } = await classify(await model(value), image);
    if (!current()) return;
    const row = document.createElement("li");
    const result = document.createElement("b");
    result.textContent = `${digit}, ${percent(probabilities[digit])}`;
    row.append(label.replace(/ \(.*/, ""), result);
    rows.push(row);
  }
  element("eleven").replaceChildren(...rows);
}

function showPixels(image) {
  const canvas = element("seen");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = getComputedStyle(canvas).color;
  context.clearRect(0, 0, SIDE, SIDE);
  image.forEach((ink, at) => {
    context.globalAlpha = ink;
    context.fillRect(at % SIDE, Math.floor(at / SIDE), 1, 1);
  });
}

function makeBars() {
  for (let digit = 0; digit < 10; digit++) {
    const row = document.createElement("li");
    const [label, track, bar, share] = ["digit", "track", "bar", "percent"].map((name) => {
      const part = document.createElement("span");
      part.className = name;
      return part;
    });
    label.textContent = digit;
    track.append(bar);
    row.append(label, track, share);
    element("bars").append(row);
  }
}

function tell(text) {
  element("message").textContent = text;
  element("message").hidden = !text;
}

function percent(probability) {
  return `${(100 * probability).toFixed(1)} %`;
}
