# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Leaving home: export formats, and ONNX as the bridge
#
# After this notebook you will be able to take a trained network out of any framework of this
# course, run it without that framework, and prove that it is still the same network.
#
# **You will learn to**
# - say what a saved model holds: weights, graph, or code;
# - hold every exported file to one contract, and read which fault broke it;
# - see what a stranger's file may do when you open it;
# - read an ONNX file: nodes, shapes, opset, and write one by hand;
# - choose an exporter for each of eleven frameworks, from a matrix that is made by running it;
# - read the message of a model that does not convert, and cure it.
#
# **Before you start:** [PyTorch](../02_frameworks/02_pytorch.ipynb) and
# [Graphs](../03_comparison/03_graphs.ipynb). Kernel `deployment`
# (`python3 course.py lab --with deployment`), about 40 minutes.
# [Keras](../02_frameworks/03_keras.ipynb) will do in PyTorch's place. The cells start the kernels
# `python3`, `museum` and `caffe` as well, and Theano a C++ compiler; the slowest takes half a
# minute.
#
# **Retired or deprecated here:** Theano, Chainer, MXNet, Caffe, Torch7 and TensorFlow 1 (retired),
# TorchScript (deprecated, `torch.export` took its place).

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## What shall the other core do meanwhile?
#
# Thirteen exports of frameworks that cannot all live in one process take half a minute, so they
# start now. `export.py` runs in a framework's own kernel, tries every route out, and keeps the file
# or the refusal, word for word.

# %%
import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from onecnn import cells, launch, paths

PROGRAMS = paths.programs("05_deployment/01_export_and_onnx")
scratch = tempfile.TemporaryDirectory()
OUT = Path(scratch.name)


# %%
def export_all(jobs):
    """One group of frameworks after the other, each in a kernel that has them."""
    table = {}
    for kernel, *keys in [job for job in jobs if cells.has_kernel(job[0])]:
        output, = launch.run([[PROGRAMS / "export.py", OUT, *keys]], kernel=kernel, timeout=400)
        table.update(json.loads(output.splitlines()[-1]))
    return table


# One process for each engine of Keras. Each takes a gigabyte, so they come one after the other.
# Beside them run the small ones: those of some size first, while TensorFlow is still growing.
ONE_CORE = [("deployment", "tensorflow", "tensorflow1", "keras-tensorflow"),
            ("deployment", "jax", "keras-jax"), ("deployment", "pytorch", "keras-torch")]
THE_OTHER = [("python3", "numpy", "torch7"), ("museum", "chainer", "mxnet"), ("caffe", "caffe"),
             ("museum", "theano")]
helpers = ThreadPoolExecutor(2)
running = [helpers.submit(export_all, jobs) for jobs in (ONE_CORE, THE_OTHER)]

# %% [markdown]
# ## What is a saved model?
#
# Up to three things. **Weights** are arrays with names. The **graph** says which operation takes
# which array. The **code** is the Python that built the graph.
#
# A file of weights alone needs your code, at the right version, for ever. A file with the graph
# needs only a runtime. A file with code (a pickle) may run *any* code when it is opened.

# %% [markdown]
# ## How would you know that it arrived?
#
# You need a judge before you travel. Ours is the **deployment contract**: the same 1,000 test
# digits, the same logits, within 1e-5 of the largest one. `onecnn.contract` compares with the
# float64 reference, with the weights that were deployed. All chapters of this part use it.
#
# First a file to judge. ONNX is a published format, so no framework is needed to write one. This is
# the heart of `onecnn/onnx_file.py`:

# %%
import inspect

from onecnn import onnx_file

program = inspect.getsource(onnx_file)
print(program[program.index("    flow = ["):program.index("    graph =")].rstrip())

# %%
from onecnn import contract, mnist, networks, spec, trained
from onecnn.onnx_file import write_onnx

onnx_runtime = cells.program("05_deployment/01_export_and_onnx/runtimes").onnx_runtime

digits = mnist.load().test_images
weights = trained.weights("pytorch")
write_onnx(weights, OUT / "by_hand.onnx")
verdict = contract.judge(onnx_runtime(OUT / "by_hand.onnx", digits), weights)
print("contract:", verdict, "  accuracy above 94 %:", verdict.accuracy > 0.94)

# %% [markdown]
# PyTorch trained these weights; ONNX Runtime, which does not know PyTorch, gives its logits. A
# judge is trusted when it has been seen to say no. Three faults of real deployments:
#
# - **missing normalisation**: the images arrive as 0 to 255;
# - **flipped layout**: `dense1` expects its 800 numbers in another order;
# - **stale file**: the network from before the training.
#
# **Predict, then run.** You have no contract, only a test of accuracy: "above 94 %". Which of the
# three does it miss?
#
# <details><summary>Answer</summary>
#
# Missing normalisation. Without a softmax the network is almost linear in the brightness:
# convolutions, ReLU and max pooling all grow with it, and only the biases do not. The largest logit
# nearly always stays the largest. The probabilities are nonsense (all near 0 or 1), and no test of
# accuracy sees it.
#
# </details>

# %%
turned = weights["dense1.weight"].reshape(64, 32, 5, 5).transpose(0, 2, 3, 1).reshape(64, 800)
write_onnx({**weights, "dense1.weight": turned}, OUT / "flipped.onnx")
write_onnx(spec.initial_weights(), OUT / "stale.onnx")
FAULTS = {"missing normalisation": ("by_hand.onnx", digits * 255),
          "flipped layout": ("flipped.onnx", digits), "stale file": ("stale.onnx", digits)}
for name, (file, images) in FAULTS.items():
    verdict = contract.judge(onnx_runtime(OUT / file, images), weights)
    print(f"{name:<22} accuracy above 94 %: {verdict.accuracy > 0.94!s:<6} contract: "
          f"{verdict.why.split(' allowed: ')[-1]}")

# %% [markdown]
# ## What stands in an ONNX file?
#
# One message in protobuf, Google's binary format: a list of **nodes** in the order of computing,
# each with an operator and the names of its inputs and outputs; the **initializers** (our weights);
# the shapes of what goes in and comes out. No code.
#
# The **checker** tells whether the file keeps the rules. **Shape inference** works out every shape
# between. `N` is a *symbolic* size: any batch.

# %%
import onnx

model = onnx.load(OUT / "by_hand.onnx")
onnx.checker.check_model(model, full_check=True)
known = onnx.shape_inference.infer_shapes(model).graph
SHAPES = {value.name: " x ".join(dim.dim_param or str(dim.dim_value)
                                 for dim in value.type.tensor_type.shape.dim)
          for value in [*known.input, *known.value_info, *known.output]}
print("input:", known.input[0].name, SHAPES["images"], "  output:", known.output[0].name,
      SHAPES["logits"])
print("nodes:", len(model.graph.node), "  numbers in the initializers:",
      sum(onnx.numpy_helper.to_array(tensor).size for tensor in model.graph.initializer))
print("batches of 1, 7, 1000:",
      [onnx_runtime(OUT / "by_hand.onnx", digits[:size]).shape for size in (1, 7, 1000)])

# %%
draw = cells.program("05_deployment/01_export_and_onnx/draw")

fig, ax = lesson.figure(4.6, 4.4)
labels = [f"{node.op_type}   {SHAPES[node.output[0]]}" for node in model.graph.node]
draw.column(ax, model.graph, "images   N x 1 x 28 x 28", labels, tall=10)
lesson.show(fig, alt="The ONNX graph, top to bottom: Conv, Relu and MaxPool twice, Flatten, Gemm, "
            "Relu, Gemm, each with the shape that shape inference found, from N x 16 x 26 x 26 to "
            "N x 10.")

# %% [markdown]
# `Gemm` is the matrix product with a bias. It reads the `(out, in)` weights as they are, through
# `transB=1`. So the course's weights, PyTorch's layout, go in unchanged.

# %% [markdown]
# Can ONNX carry all eleven? Ten nodes, and the weights that each framework trained.

# %%
KEYS = trained.available(network.key for network in networks.NETWORKS)
WEIGHTS = {key: trained.weights(key) for key in KEYS}
by_hand = {}
for key in KEYS:
    write_onnx(WEIGHTS[key], OUT / f"{key}.onnx")
    by_hand[key] = contract.judge(onnx_runtime(OUT / f"{key}.onnx", digits), WEIGHTS[key])
print("contract holds:", sum(verdict.holds for verdict in by_hand.values()), "of", len(by_hand))

# %% [markdown]
# ## Which version is a file?
#
# Two numbers, often confused. The **IR version** counts the file format: what a graph may hold. The
# **opset** counts the list of operators: what `Relu` means. Each ONNX release fixes both; a runtime
# reads old ones, not newer ones.
#
# **Predict, then run.** The same graph, stamped with opset 99, then with IR version 99. Who
# refuses: the checker, ONNX Runtime, or both?
#
# <details><summary>Answer</summary>
#
# The checker accepts opset 99: for each operator it takes the newest definition it knows. ONNX
# Runtime refuses it, because `Relu` might mean something else by then. An unknown format both
# refuse: they may misread the file itself.
#
# </details>

# %%
from copy import deepcopy


def refusal(call, *arguments, start=""):
    """The first sentence of the error, from the word ``start`` on; None if there is none."""
    try:
        call(*arguments)
    except Exception as error:
        text = str(error)
        return " ".join(text[max(text.find(start), 0):].split()).split(". ")[0]


# %%
new_opset, new_format = deepcopy(model), deepcopy(model)
new_opset.opset_import[0].version = new_format.ir_version = 99
print("opset 99, checker:", refusal(onnx.checker.check_model, new_opset) or "accepts it")
print("opset 99, runtime:",
      refusal(onnx_runtime, new_opset.SerializeToString(), digits, start="Opset 99"))
print("IR 99,    checker:", refusal(onnx.checker.check_model, new_format))
print("IR 99,    runtime:",
      refusal(onnx_runtime, new_format.SerializeToString(), digits, start="Unsupported"))

# %% [markdown]
# The usual cause is a new exporter and an old runtime. Ask the exporter for a lower opset. ONNX's
# own converter goes *up* with this file; going down it needs an adapter for each operator, and
# there is not always one.

# %%
for version in (22, 13):
    message = refusal(onnx.version_converter.convert_version, model, version, start="No Adapter")
    print(f"opset 20 to {version}:", message or "done")
newer = onnx.version_converter.convert_version(model, 22)
print("opset 22, contract:",
      contract.judge(onnx_runtime(newer.SerializeToString(), digits), weights))

# %% [markdown]
# ## What does each framework keep?
#
# The exports are done. First each framework's own format: saved, loaded again by the framework's
# loader, and asked about 1,000 digits.

# %%
table = {**running[0].result(), **running[1].result()}
helpers.shutdown()
for key in KEYS:
    print(f"{key:<17}", ", ".join(table[key]["own"]["made"]))

# %%
import numpy as np


def said(key, route):
    """What the contract says of the logits that the framework's own loader gave."""
    return contract.judge(np.load(OUT / key / route / "logits.npy"), WEIGHTS[key])


own = {key: said(key, "own") for key in KEYS}
print("own format, contract holds:", sum(verdict.holds for verdict in own.values()), "of", len(own))

# %% [markdown]
# | format | weights | graph | needed to load it | may it run code? |
# |---|---|---|---|---|
# | `.npz` (NumPy, Theano, Chainer) | yes | no | your code | only with `allow_pickle`, which Chainer's `load_npz` sets |
# | `.t7` (Torch7) | yes | layers, as Lua objects | their Lua classes | yes: it can hold Lua functions |
# | prototxt + caffemodel (Caffe) | yes | yes, as text | Caffe | yes: a layer may name a Python module |
# | `.meta` + checkpoint (TensorFlow 1) | yes | GraphDef | TensorFlow | yes: TensorFlow calls it a program |
# | symbol JSON + params (MXNet) | yes | yes, as text | MXNet | no |
# | SavedModel (TensorFlow) | yes | yes | TensorFlow | yes: TensorFlow calls it a program |
# | `.pt2` (PyTorch) | yes | yes | PyTorch | yes: pickle |
# | TorchScript (deprecated) | yes | as a Python-like text | PyTorch | yes: its own program |
# | `.keras` | yes | layers, as JSON | Keras | `safe_mode` forbids it, and has had holes |
# | StableHLO (JAX) | yes | yes | JAX or XLA | no |

# %% [markdown]
# ## Can you read one?
#
# Three of them are text. This is the same convolution in Caffe's words, in MXNet's, and in
# StableHLO, the language that JAX's compiler reads. StableHLO writes the layout into each
# convolution: `f` is the feature, `0` and `1` are height and width.

# %%
if "caffe" in KEYS:
    prototxt = (OUT / "caffe/own/digits.prototxt").read_text().split("layer {")
    print("layer {" + prototxt[2].rstrip())

# %%
if "mxnet" in KEYS:
    symbol = json.loads((OUT / "mxnet/own/digits-symbol.json").read_text())
    found = next(node for node in symbol["nodes"] if node["op"] == "Convolution")
    print({name: found["attrs"][name] for name in ("kernel", "num_filter", "layout")}, "inputs:",
          len(found["inputs"]))

# %%
import re

text = (OUT / "jax/own/digits.mlir").read_text()
print("operations:", sorted(set(re.findall(r"stablehlo\.\w+", text))))
print(re.search(r"dim_numbers = .*?->\[.*?\]", text).group())

# %% [markdown]
# ## Whose file would you open?
#
# `torch.export.load` carries a warning in its documentation: it uses pickle, never load what you do
# not trust. TorchScript holds a program. You can look before you load: both are zip files, and a
# pickle inside has a name.

# %%
import zipfile


def pickles(file):
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
    return ([name for name in names if name.endswith((".pkl", ".pt"))],
            [name for name in names if name.endswith(".py")])


for file in ("pytorch/own/digits.pt2", "pytorch/torchscript/digits.pt",
             "keras-tensorflow/own/digits.keras", "numpy/own/digits.npz"):
    pickled, programs = pickles(OUT / file)
    print(f"{file.split('/')[-1]:<13} pickles: {len(pickled)}   programs: {len(programs)}")
print("TorchScript, contract:", said("pytorch", "torchscript"))

# %% [markdown]
# The pickle in `.pt2` holds the example images. And text is no promise: a prototxt holds no
# program, but a layer of the type `Python` names a module, and
# [Caffe imports it](https://github.com/BVLC/caffe/blob/master/src/caffe/layer_factory.cpp). Here it
# lies beside the file:

# %%
STRANGER = OUT / "stranger"
STRANGER.mkdir()
(STRANGER / "net.prototxt").write_text('layer { name: "a" type: "Python" top: "a" '
                                       'python_param { module: "beside" layer: "Layer" } }')
(STRANGER / "beside.py").write_text("""import caffe
print("a program beside the model runs")
class Layer(caffe.Layer):
    def setup(self, bottom, top): pass
    def reshape(self, bottom, top): top[0].reshape(1)""")
OPEN = "import os, sys, caffe; os.chdir(sys.argv[1]); caffe.Net('net.prototxt', caffe.TEST)"
if cells.has_kernel("caffe"):
    print(launch.run([["-c", OPEN, STRANGER]], kernel="caffe")[0].strip())
else:
    print("left out on this machine, without the kernel 'caffe'")

# %% [markdown]
# In ONNX, safetensors, LiteRT and StableHLO there is no place for code. That is one reason why
# models are shared in them. But a message in protobuf ends at two gigabytes, so a tensor of ONNX
# may say that its numbers stand in
# [another file](https://onnx.ai/onnx/repo-docs/ExternalData.html). It is looked for beside the
# model; if the runtime was given bytes, in the working folder. So a stranger's model may read
# *your* file, and hand it out as its answer:

# %%
import onnxruntime
from onnx import TensorProto, helper

(OUT / "diary.txt").write_text("dear diary")
stolen = TensorProto(name="stolen", data_type=TensorProto.UINT8, dims=[10],
                     data_location=TensorProto.EXTERNAL)
stolen.external_data.add(key="location", value="diary.txt")
graph = helper.make_graph([helper.make_node("Identity", ["stolen"], ["answer"])], "thief", [], [
    helper.make_tensor_value_info("answer", TensorProto.UINT8, [10])], [stolen])
thief = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 20)])
(OUT / "thief.onnx").write_bytes(thief.SerializeToString())
session = onnxruntime.InferenceSession(OUT / "thief.onnx")
print("its answer:", session.run(None, {})[0].tobytes().decode())
print(refusal(onnx_runtime, OUT / "thief.onnx", digits, start="External data path"))

# %% [markdown]
# The last line is this chapter's own `runtimes.py`. It tells ONNX Runtime to look for such files in
# a folder that cannot exist: one setting,
# `session.model_external_initializers_file_folder_path`. `onnx.load` reads them, too; with
# `load_external_data=False` it leaves them. (Out of the model's folder, by `..` or a symbolic link,
# both libraries refuse to go; a hard link `onnx.load` refuses, and ONNX Runtime 1.32 reads:
# [ONNX on its security](https://onnx.ai/onnx/repo-docs/ExternalDataSecurity.html).)

# %% [markdown]
# ## Who writes ONNX, and how well?
#
# Three exporters wrote our network: `torch.onnx.export` (its new path, through `torch.export`),
# `keras.Model.export`, and `tf2onnx` for TensorFlow 2 and for TensorFlow 1's frozen graph.
#
# **Predict, then run.** TensorFlow and Keras keep channels last; ONNX's `Conv` knows only channels
# first. How many `Transpose` nodes do you expect around two convolutions and two poolings?
#
# <details><summary>Answer</summary>
#
# Up to eight. `tf2onnx` pushes each through the graph until it meets its opposite, and both vanish:
# one is left in TensorFlow 2's file, none in the others (their networks turn the images
# themselves). Keras on PyTorch goes through the old TorchScript exporter, which optimises less: all
# stay, and `Cast` nodes that change nothing beside them.
#
# </details>

# %%
from collections import Counter

WRITERS = ("pytorch", "tensorflow1", "tensorflow", "keras-tensorflow", "keras-torch")
graphs = {"by hand": model, **{key: onnx.load(OUT / key / "onnx/digits.onnx") for key in WRITERS}}
for name, proto in graphs.items():
    kinds = Counter(node.op_type for node in proto.graph.node)
    opset = next(entry.version for entry in proto.opset_import if entry.domain in ("", "ai.onnx"))
    first = proto.graph.input[0].type.tensor_type.shape.dim
    print(f"{name:<17} nodes {len(proto.graph.node):>2}  Transpose {kinds['Transpose']:>2}  "
          f"Cast {kinds['Cast']:>2}  opset {opset}  IR {proto.ir_version:>2}  images N x "
          f"{' x '.join(str(dim.dim_value) for dim in first[1:])}")

# %%
fig, axes = lesson.figure(8, 5.4, columns=4)
for ax, name in zip(axes, ("by hand", "pytorch", "tensorflow", "keras-torch")):
    proto = graphs[name].graph
    draw.column(ax, proto, f"{name}: {len(proto.node)}")
for kind, (color, marker) in draw.KINDS.items():
    axes[0].plot([], [], marker, color=color, label=kind)
axes[0].plot([], [], draw.OTHER[1], color=draw.OTHER[0], label="other")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
lesson.show(fig, alt="Four ONNX graphs of the same network as columns of nodes. By hand and from "
            "PyTorch: ten nodes. From TensorFlow: 14, with one Transpose. From Keras on PyTorch: "
            "more than fifty, in two columns, most of them Transpose and Cast.")

# %% [markdown]
# All six give the same logits, as you will see. But look at the last column of the text:
# TensorFlow's file wants its images as `28 x 28 x 1`. **The door of a file is part of the
# contract.** Given `1 x 28 x 28` this one refuses, because its sizes are written down. A file with
# open height and width would not.

# %%
session = onnxruntime.InferenceSession(OUT / "tensorflow/onnx/digits.onnx",
                                       providers=["CPUExecutionProvider"])
door = session.get_inputs()[0].name
print(refusal(session.run, None, {door: digits[:1]}, start="Got invalid").split(" Please")[0])
print("turned:", session.run(None, {door: digits[:1].transpose(0, 2, 3, 1)})[0].shape)

# %% [markdown]
# `runtimes.py`, which this chapter uses, looks at the file's door and turns the images if it must.

# %% [markdown]
# ## Who exports what to whom?
#
# Now all of it: eleven frameworks with the weights that *they* trained (Keras on each engine), five
# ways out. ONNX runs in ONNX Runtime, LiteRT's file in LiteRT; the rest in the loader of its own
# library. A filled cell holds the contract's difference on 1,000 digits.

# %%
litert = cells.program("05_deployment/01_export_and_onnx/runtimes").litert

COLUMNS = {"own format": "own", "ONNX, exporter": "onnx", "ONNX, by hand": "hand",
           "SavedModel": "saved_model", "LiteRT": "litert"}


def judged(key, route):
    """The contract's verdict on one cell; the refusal as text; None if no one ever wrote such an
    exporter."""
    if route in ("own", "hand"):
        return (own if route == "own" else by_hand)[key]
    outcome = table[key].get(route, {})
    if "made" not in outcome:
        return outcome.get("refused")
    if route == "saved_model":
        return said(key, route)
    run, suffix = (onnx_runtime, "onnx") if route == "onnx" else (litert, "tflite")
    return contract.judge(run(OUT / key / route / f"digits.{suffix}", digits), WEIGHTS[key])


# %%
matrix = {key: {name: judged(key, route) for name, route in COLUMNS.items()} for key in KEYS}
print(" " * 17, "".join(f"{name:<16}" for name in COLUMNS).rstrip())
for key in KEYS:
    words = ["holds" if isinstance(cell, contract.Verdict) and cell.holds else "refused" if cell
             else "-" for cell in matrix[key].values()]
    print(f"{key:<17}", "".join(f"{word:<16}" for word in words).rstrip())

# %%
verdicts = [cell for row in matrix.values() for cell in row.values()
            if isinstance(cell, contract.Verdict)]
print("files judged:", len(verdicts), "  contract holds:",
      sum(verdict.holds for verdict in verdicts))
print("largest difference below a third of what is allowed:",
      max(v.difference for v in verdicts) < contract.TOLERANCE / 3)

# %% [markdown]
# Why does JAX's cell in "ONNX, exporter" say refused? The way that older tutorials show is
# `jax2tf`, which makes a SavedModel, and then `tf2onnx`. This is what `tf2onnx` said, and what
# stands in the SavedModel:

# %%
saved = {key: (OUT / key / "saved_model/digits/saved_model.pb").read_bytes()
         for key in ("tensorflow", "jax")}
holds_hlo = {key: b"XlaCallModule" in content for key, content in saved.items()}
print("tf2onnx on JAX's SavedModel:", matrix["jax"]["ONNX, exporter"])
print("an XlaCallModule in the SavedModel of:", holds_hlo)

# %% [markdown]
# The message names nothing useful; the second line does. `jax2tf` writes no TensorFlow operations
# unless asked to, and since JAX 0.7.2 it ignores who asks (`native_serialization=False`): the whole
# network is **one** operation that holds StableHLO. TensorFlow and LiteRT know it, `tf2onnx` does
# not. Keras went over to `jax2onnx` for that reason in 2026
# ([keras 22443](https://github.com/keras-team/keras/pull/22443)).

# %%
SHORT = {"litert_torch": "no litert-torch", "litert-torch": "no litert-torch",
         "jax2onnx": "needs jax2onnx", "infer the attribute": "XlaCallModule",
         "dynamic_shapes": "shapes refused", "requires TensorFlow": "not on JAX"}


def tile(cell):
    if isinstance(cell, contract.Verdict):
        return ("holds", f"{cell.difference:.0e}") if cell.holds else ("refused", "contract broken")
    if not cell:
        return "none", "no exporter"
    return "refused", next((short for part, short in SHORT.items() if part in cell), "refused")


fig, ax = lesson.figure(8, 5)
draw.matrix(ax, KEYS, list(COLUMNS),
            {key: {name: tile(cell) for name, cell in row.items()} for key, row in matrix.items()})
lesson.show(fig, alt="The matrix: thirteen rows of frameworks, five columns of formats. The "
            "own format and ONNX by hand are filled in every row, with differences of about 3e-07. "
            "ONNX exporters are filled for Chainer, MXNet, PyTorch, TensorFlow and most of Keras, "
            "SavedModel and LiteRT mainly for TensorFlow and Keras; the other cells hold a short "
            "reason.")

# %% [markdown]
# Two columns are full, and *by hand* needs the same ten nodes for any framework: **if you can read
# the weights, you can write the file.** What an exporter saves you is writing the graph. For a
# network of 10 nodes that is an evening; for one of 1,000 you want the exporter. The refusals, in
# the exporters' own words:

# %%
for key in KEYS:
    for name, cell in matrix[key].items():
        if isinstance(cell, str):
            print(f"{key}, {name}: {cell[:118]}")

# %% [markdown]
# And the empty ones. NumPy is no framework. Theano's makers announced its end in September 2017,
# the month in which ONNX was announced. We know of no exporter in Caffe or Torch7. MXNet and
# Chainer did, and still do: the museum holds the last ONNX package that has what they call, 1.18.
#
# Both show their age. Chainer's traces an example, whose batch size stays in a `Reshape`: that file
# takes 1,000 digits at a time. MXNet's stamps its file with the newest opset of the *package*,
# whichever that is.

# %% [markdown]
# ## A model that does not convert: whose `if` is it?
#
# A service wants faint scans doubled before the network sees them. The branch depends on the data,
# so `torch.export` must refuse: it writes **one** graph, and Python's `if` is not in it.

# %%
import contextlib
import io
import logging

import torch

torch._logging.set_logs(all=logging.CRITICAL)
logging.getLogger("torch.onnx").setLevel(logging.ERROR)


class Brighten(torch.nn.Module):
    def forward(self, images):
        if images.mean() < 0.1:
            images = images * 2
        return images


EXAMPLE = (torch.from_numpy(digits[:2]),)
with contextlib.redirect_stderr(io.StringIO()):
    print(refusal(torch.export.export, Brighten(), EXAMPLE).split(" (")[0])

# %% [markdown]
# **How to read it:** "guard on data-dependent expression" means: a Python `if`, `while`, `int()` or
# `len()` asked for a number that exists only when real images arrive. `Eq(u0, 1)` is that question.
# Below it, the message names your line.
#
# **The cure:** `torch.cond`. Both branches go into the file, as two graphs inside an ONNX `If`.

# %%
class BrightenBoth(torch.nn.Module):
    def forward(self, images):
        return torch.cond(images.mean() < 0.1, lambda x: x * 2, lambda x: x.clone(), (images,))


with contextlib.redirect_stderr(io.StringIO()):
    torch.onnx.export(BrightenBoth(), EXAMPLE, OUT / "cond.onnx", dynamo=True, verbose=False,
                      external_data=False)
branching = onnx.load(OUT / "cond.onnx").graph
inner = {part.name: [node.op_type for node in part.g.node]
         for node in branching.node for part in node.attribute if part.g.node}
print([node.op_type for node in branching.node], inner)
for name, images in (("faint", digits[:2] / 4), ("normal", digits[:2] * 2)):
    print(f"{name:<7} as PyTorch has it:",
          np.array_equal(onnx_runtime(OUT / "cond.onnx", images),
                         Brighten()(torch.from_numpy(images)).numpy()))

# %% [markdown]
# ## And a `len`?
#
# The course's own JAX network hits the same wall. Its `forward` calls `len(x)`, which must return a
# number, and an exported batch has none. `from_jax.py` tried it first; this is what JAX said. JAX's
# own library had the same fault in `digitize`
# ([jax 22489](https://github.com/jax-ml/jax/issues/22489), 2024).

# %%
print(table["jax"]["direct"]["refused"])
source = (PROGRAMS / "from_jax.py").read_text(encoding="utf-8")
print(source[source.index("def any_batch"):source.index("def direct")].rstrip())

# %% [markdown]
# The cure in new code is `x.shape[0]`, which may be a symbol. Here the chapter's code stays as it
# is: one image is written down, where `len` is 1, and `vmap` makes a batch of it. `windows` is
# another pooling, one that LiteRT's converter can read.

# %% [markdown]
# ## An operator without a word in ONNX
#
# ONNX has about 200 operators, PyTorch many more. The exporter translates each with a small
# function; where nobody wrote one, it stops and names the operator.

# %%
class Eigenvalues(torch.nn.Module):
    def forward(self, images):
        return torch.linalg.eigvalsh(images.squeeze(1))


with contextlib.redirect_stderr(io.StringIO()):
    message = refusal(lambda: torch.onnx.export(Eigenvalues(), EXAMPLE, dynamo=True, verbose=False),
                      start="No ONNX function")
print(message)
words = {schema.name for schema in onnx.defs.get_all_schemas() if schema.domain == ""}
print("operators of ONNX: about", round(len(words), -1))
print("among them:", {name: name in words for name in ("Relu", "Det", "Eigh")})

# %% [markdown]
# **The cures, cheapest first:** compute that part before the network or after it, outside the file;
# write it with operators that ONNX has; register a translation of your own
# (`custom_translation_table`), and then every runtime that is to read the file needs that operator.

# %% [markdown]
# ## Valid, and refused all the same
#
# `jax2onnx` translates JAX's pooling window as it stands, `1 x 2 x 2 x 1`: a `MaxPool` over *four*
# axes. The specification sets no limit, and the checker is content. We write that node by hand:

# %%
from onnx import TensorProto, helper

pool = helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[1, 2, 2, 1], strides=[1, 2, 2, 1])
before, after = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 1, 1, size, size, 1])
                 for name, size in (("x", 28), ("y", 14)))
valid = helper.make_model(helper.make_graph([pool], "pool", [before], [after]), ir_version=9,
                          opset_imports=[helper.make_opsetid("", 20)])
print("checker:", refusal(onnx.checker.check_model, valid, True) or "accepts it")
print("runtime:", refusal(onnx_runtime, valid.SerializeToString(), digits[:2, :, None, :, :, None],
                          start="Unsupported"))

# %% [markdown]
# **A file can be valid ONNX and run nowhere you need it.** A runtime implements what models use:
# pooling over one to three axes. That is why the JAX rows have no ONNX exporter: with `jax2onnx`
# 0.17.1, tried 2026-11-24, our network became a file, and ONNX Runtime refused it with these words.
# (`jax2onnx` is not in this environment.)
#
# **The cure:** save `.keras` on JAX and export on TensorFlow or PyTorch; or write the file by hand,
# with `onecnn.onnx_file`.

# %% [markdown]
# ## Where did ONNX come from?
#
# In September 2017 Facebook and Microsoft announced it together, for PyTorch, Caffe2 and CNTK.
# Amazon joined within months, with MXNet. In November 2019 it became a project of the Linux
# Foundation's LF AI. Of those four producers PyTorch alone is alive: the format outlived the
# others.
#
# It had relatives. **PMML** (version 0.9 in 1998) exchanges models of data mining as XML. Khronos's
# **NNEF** (provisional 2017, ratified 2018) has ONNX's aim, as readable text for makers of chips.
# Inside compilers, **StableHLO** now plays that part.

# %% tags=["nbval-ignore-output"]
print("onnx", onnx.__version__, " newest opset", onnx.defs.onnx_opset_version(), " onnxruntime",
      onnxruntime.__version__)
for key in KEYS:
    print(f"{key:<17}", "  ".join(f"{cell.difference:.1e}" if isinstance(cell, contract.Verdict)
                                  else "   -   " for cell in matrix[key].values()))

# %%
scratch.cleanup()

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** An app accepts an answer if its probability is above 0.9. After the export nobody divides
# the pixels by 255. What do users most likely get?
#
# <details><summary>A. Answers that nearly all pass, also the doubtful ones</summary>Right. The probabilities are now all near 0 or 1, while the answers hardly change.</details>
# <details><summary>B. Answers that are mostly wrong</summary>No. The network is almost linear in the brightness, so the largest logit nearly always stays the largest.</details>
# <details><summary>C. The same as before, as the accuracy is the same</summary>No. The accuracy asks which logit is the largest. The threshold asks how far it stands out.</details>
#
# <br>**2.** The checker accepts your new file. ONNX Runtime on the server refuses it: its opset is
# too new. What do you do?
#
# <details><summary>A. Write a lower number into the opset field of the file</summary>No. The nodes would stay as they are, and might mean something else in the older list.</details>
# <details><summary>B. Lower the IR version</summary>No. That counts the file format. The runtime complains about the list of operators.</details>
# <details><summary>C. Export again, and ask the exporter for a lower opset</summary>Right. It then writes the nodes as the older list has them.</details>
#
# <br>**3.** A stranger offers you one network in four formats. Which of them has no place for code?
#
# <details><summary>A. <code>.pt2</code></summary>No. Loading it uses pickle, which may run any code.</details>
# <details><summary>B. ONNX</summary>Right. It holds nodes, weights and shapes. It may name another file, which is a danger of its own.</details>
# <details><summary>C. SavedModel</summary>No. TensorFlow itself calls it a program.</details>
# <details><summary>D. prototxt and caffemodel</summary>No. Text is no promise: a layer of the type <code>Python</code> names a module, and Caffe imports it.</details>
#
# <br>**4.** Your service runs strangers' ONNX files and returns their answers. What keeps a file
# from handing out one of yours?
#
# <details><summary>A. A folder for external data that cannot exist</summary>Right. The runtime looks for such files there, and a model that names one fails to load.</details>
# <details><summary>B. Nothing is needed: ONNX holds no code</summary>No. It needs none. A tensor may say that its numbers stand in another file, and the runtime reads it.</details>
# <details><summary>C. Reading it with <code>onnx.load</code> first, as it stands</summary>No. <code>onnx.load</code> reads such files, too, unless you say <code>load_external_data=False</code>.</details>
#
# <br>**5.** `torch.export` stops at your `if images.mean() < 0.1`: a data-dependent expression.
# Both branches shall be in the file. What do you write?
#
# <details><summary>A. An example for each branch</summary>No. One graph has to hold for all images, and a Python <code>if</code> is not in it, whichever example you give.</details>
# <details><summary>B. <code>torch.cond</code> with both branches</summary>Right. They go into the file as two graphs inside an ONNX <code>If</code>.</details>
# <details><summary>C. An entry in <code>custom_translation_table</code></summary>No. That is for an operator that ONNX lacks. A Python <code>if</code> is no operator of the graph.</details>
#
# <br>**6.** You trained this network in Keras on JAX, and need it in ONNX Runtime. Going by the
# chapter, which way leads there?
#
# <details><summary>A. <code>jax2tf</code>, then <code>tf2onnx</code></summary>No. The SavedModel then holds one <code>XlaCallModule</code>, an operation that <code>tf2onnx</code> does not know.</details>
# <details><summary>B. <code>jax2onnx</code></summary>No. With the version that was tried it wrote a file, but ONNX Runtime refused its pooling over four axes.</details>
# <details><summary>C. <code>.keras</code>, loaded and exported on another engine</summary>Right. On TensorFlow or PyTorch the exporter works, and ONNX Runtime reads what it writes.</details>
#
# <br>**7.** You deploy ONNX today, and next month you want to train on. What do you keep?
#
# <details><summary>A. The framework's own checkpoint, beside the ONNX file</summary>Right. The exports hold no optimizer, and the next step of the training reads its state.</details>
# <details><summary>B. The ONNX file alone, as all weights are in it</summary>No. The weights are, but not what the optimizer remembers of the steps before.</details>
# <details><summary>C. The ONNX file and the number of its opset</summary>No. The opset says what the operators mean. It knows nothing of the training.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | question | answer |
# |---|---|
# | what is in the file? | weights; weights and graph; or code as well |
# | is it the same network? | the contract: 1,000 digits, 1e-5; accuracy alone misses a missing normalisation |
# | what is ONNX? | nodes, initializers, shapes; an opset for the operators, an IR version for the file |
# | who writes it? | PyTorch, TensorFlow, Keras today; MXNet and Chainer did; for all others: by hand |
# | why not? | a branch on data, a Python number, an operator without a translation, a runtime that does less than the format |

# %% [markdown]
# **Choose it when** the network must run where its framework is not: ONNX for servers, browsers and
# mixed houses ([serving](02_serving.ipynb), [browser](06_browser.ipynb)); SavedModel and LiteRT if
# you stay with TensorFlow; `.pt2` or ExecuTorch if you stay with PyTorch
# ([edge](04_edge_and_mobile.ipynb)); StableHLO between compilers.
#
# **Avoid it when** you will train on: keep the framework's own checkpoint beside every export,
# because these exports hold no optimizer. From strangers take no format that can carry code:
# pickles (`.pt2` among them), TorchScript, SavedModel, `.meta`, `.t7`, prototxt (see the table).
#
# **Now you:** [the exercise](../../exercises/05_deployment/01_export_and_onnx.ipynb), with
# self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24; Caffe's layer and ONNX's external data on 2026-11-29.
# - ONNX announced, 2017:
#   [Microsoft](https://azure.microsoft.com/en-us/blog/microsoft-and-facebook-create-open-ecosystem-for-ai-model-interoperability/);
#   [Amazon](https://aws.amazon.com/blogs/machine-learning/announcing-onnx-support-for-apache-mxnet/)
#   (read in a
#   [report](https://www.eyerys.com/articles/news/amazon-joins-onnx-taking-fair-share-responsibility-ais-future));
#   2019: [LF AI welcomes ONNX](https://lfaidata.foundation/blog/2019/11/14/lf-ai-welcomes-onnx/)
# - IR version and opset: [ONNX versioning](https://onnx.ai/onnx/api/)
# - NNEF and ONNX compared by Khronos: [blog, 2018](https://www.khronos.org/blog/archives/2018/02);
#   PMML's versions: [Predictive Model Markup
#   Language](https://en.wikipedia.org/wiki/Predictive_Model_Markup_Language)
# - TorchScript deprecated:
#   [documentation](https://docs.pytorch.org/docs/2.13/notes/cpu_threading_torchscript_inference.html);
#   a maintainer dates it to PyTorch 2.11:
#   [pytorch 149223](https://github.com/pytorch/pytorch/issues/149223)
# - What may run code: [torch.export.load](https://docs.pytorch.org/docs/stable/export.html);
#   [TensorFlow's security page](https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md);
#   `.keras` with `safe_mode`: [CVE-2025-1550](https://nvd.nist.gov/vuln/detail/CVE-2025-1550) and
#   CVE-2026-1462, both fixed; Torch7 writes functions:
#   [File.lua](https://github.com/torch/torch7/blob/master/File.lua)
# - JAX to ONNX: [tensorflow-onnx 1601](https://github.com/onnx/tensorflow-onnx/issues/1601), 2021;
#   `enable_xla=False` no longer supported: [jax 11562](https://github.com/jax-ml/jax/issues/11562),
#   2025; the option, ignored:
#   [jax2tf.py of 0.7.2](https://github.com/jax-ml/jax/blob/jax-v0.7.2/jax/experimental/jax2tf/jax2tf.py)
#   (read in the wheels of 0.7.1 and 0.7.2, 2026-11-29); Keras:
#   [keras 22443](https://github.com/keras-team/keras/pull/22443), 2026
# - tf2onnx's message: [tensorflow-onnx 2259](https://github.com/onnx/tensorflow-onnx/issues/2259),
#   2023
# - `len` of a symbolic batch: [jax 22489](https://github.com/jax-ml/jax/issues/22489), 2024
# - MXNet's exporter: [mxnet 20063](https://github.com/apache/mxnet/issues/20063), 2021
# - Keras on PyTorch exports through TorchScript:
#   [keras 23058](https://github.com/keras-team/keras/pull/23058), 2026
# - What happened to each framework: [where they went](../01_history/07_where_they_went.ipynb)

# %% [markdown]
# **On your path:**
#
# - *Production, 11 of 16:* [Cutting the network](../04_distributed/04_distributed_model.ipynb) →
#   here → [Serving](02_serving.ipynb)
#
# **In the order of the folders:** previous
# [Cutting the network](../04_distributed/04_distributed_model.ipynb) · next
# [Serving](02_serving.ipynb) · [all chapters](../00_start_here.ipynb)
