// The drawing area. A drawing is a list of strokes, a stroke a list of points [x, y] in 0..1: it does not depend on the size of
// the screen. Mouse, finger and pen arrive as pointer events; the keyboard moves a pen of its own. The canvas is written, never read.

const NIB = 0.09; // the width of the pen on the screen, as a part of the side
const KEYBOARD_STEP = 1 / 40;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Makes `canvas` a drawing area. `changed(strokes, drawing)` is called after each change; `drawing`: the pen is still down. */
export function drawingArea(canvas, changed) {
  let strokes = [];
  let current = null; // the stroke that is being drawn
  const pen = { at: [0.5, 0.3], down: false, shown: false }; // the keyboard's

  function update() {
    paint(canvas, strokes, pen);
    changed(strokes, current !== null);
  }
  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [clamp((event.clientX - box.left) / box.width), clamp((event.clientY - box.top) / box.height)];
  }
  function begin(point) {
    current = [point];
    strokes = [...strokes, current];
    update();
  }
  function finish() {
    if (!current) return;
    current = null;
    pen.down = false;
    update();
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    canvas.setPointerCapture(event.pointerId);
    finish();
    pen.shown = false;
    begin(place(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!current || pen.down || !event.isPrimary) return;
    const all = event.getCoalescedEvents?.() ?? []; // the browser bundles what happens within one frame
    current.push(...(all.length ? all : [event]).map(place));
    update();
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => pen.down || finish());

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in ARROWS) {
      const [dx, dy] = ARROWS[event.key];
      pen.at = [clamp(pen.at[0] + dx * KEYBOARD_STEP), clamp(pen.at[1] + dy * KEYBOARD_STEP)];
      pen.shown = true;
      if (pen.down) current.push(pen.at);
      update();
    } else if (event.key === " ") {
      pen.shown = true;
      pen.down = !pen.down;
      if (pen.down) begin(pen.at);
      else finish();
    } else if (event.key === "Backspace") {
      undo();
    } else {
      return; // Tab and all other keys do what they always do
    }
    event.preventDefault();
  });
  canvas.addEventListener("blur", () => {
    pen.shown = false;
    if (pen.down) finish();
    paint(canvas, strokes, pen);
  });

  function undo() {
    finish();
    strokes = strokes.slice(0, -1);
    update();
  }
  function clear() {
    finish();
    strokes = [];
    update();
  }
  const repaint = () => paint(canvas, strokes, pen);
  new ResizeObserver(repaint).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  return { undo, clear, strokes: () => strokes };
}

function paint(canvas, strokes, pen) {
  const side = Math.max(1, Math.round(canvas.clientWidth * (globalThis.devicePixelRatio || 1)));
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, side, side);
  context.strokeStyle = context.fillStyle = getComputedStyle(canvas).color;
  drawStrokes(context, strokes, side);
  if (!pen.shown) return;
  context.lineWidth = Math.max(1, side / 150);
  context.beginPath();
  context.arc(pen.at[0] * side, pen.at[1] * side, NIB * side * (pen.down ? 0.5 : 0.8), 0, 2 * Math.PI);
  context.stroke();
}

function drawStrokes(context, strokes, side) {
  context.lineWidth = NIB * side;
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) {
    context.beginPath();
    context.moveTo(stroke[0][0] * side, stroke[0][1] * side);
    // A lone point is a line of no length: with round ends, a dot.
    for (const [x, y] of stroke.length > 1 ? stroke.slice(1) : stroke) context.lineTo(x * side, y * side);
    context.stroke();
  }
}

function clamp(value) {
  return Math.min(1, Math.max(0, value));
}
