# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Exercise: export and ONNX
#
# Five tasks on [the notebook about
# exports](../../notebooks/05_deployment/01_export_and_onnx.ipynb), about 45 minutes. Fill in what
# is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]` with a hint.
# The checks are folded: try before you unfold one. Stuck? *Show me a way* unfolds below each check.
# Nothing breaks if you run everything at once. Every file is held to the contract, or to the same
# comparison with other weights.

# %%
from onecnn import lesson

lesson.start()

# %%
import tempfile
from copy import deepcopy
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from onecnn import checks, contract, mnist, reference, spec, trained
from onecnn.onnx_file import write_onnx

digits = mnist.load().test_images


# %%
def file_of(weights):
    """The course's network as an ONNX model."""
    with tempfile.TemporaryDirectory() as folder:
        write_onnx(weights, Path(folder, "digits.onnx"))
        return onnx.load(Path(folder, "digits.onnx"))


weights = trained.weights("jax")
original = file_of(weights)

# %% [markdown]
# A model can go to ONNX Runtime without a file, as bytes:


# %%
def session_of(model):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model.SerializeToString(), options,
                                        providers=["CPUExecutionProvider"])


def answers(model, images):
    """What ``model`` gives for ``images`` at its only door."""
    session = session_of(model)
    door, = session.get_inputs()
    return session.run(None, {door.name: images})[0]


print("the file from JAX's weights:", contract.judge(answers(original, digits), weights))


# %% [markdown]
# The checks try your work on a second network, too. Its weights are random, so its right answers
# are known to the reference alone.


# %%
def other_weights(seed):
    random = checks.random(seed)
    return {name: (0.2 * random.randn(*shape)).astype(np.float32)
            for name, shape in spec.SHAPES.items()}


def refused(model):
    """What the checker says against ``model``, or nothing."""
    try:
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:
        return f"the checker refuses it: {' '.join(str(error).split())[:140]}"
    return ""


# %%
def wrong_answers(model, weights, given=digits, seen=digits):
    """What is wrong with the model's answers to ``given``, which shows the digits ``seen``."""
    if refused(model):
        return refused(model)
    for batch in (slice(0, 1), slice(500, 507)):
        wanted = reference.logits(weights, seen[batch].astype(np.float64))
        found = answers(model, given[batch])
        if found.shape != wanted.shape:
            return f"logits of shape {found.shape} for {len(wanted)} digits"
        if not np.abs(found - wanted).max() <= 1e-4 * np.abs(wanted).max():
            return "other logits than the reference has with the same weights"
    return ""


# %% [markdown]
# ## 1. Write the last three nodes (complete)
#
# Somebody lost the end of the graph. Return the three missing nodes: the first dense layer reads
# `source`, the second writes `result`, and their weights are called as in the course
# (`dense1.weight`, `(out, in)`). Each layer has its bias, and ReLU stands between them.


# %%
def last_nodes(source, result):
    ### BEGIN SOLUTION
    return [helper.make_node("Gemm", [source, "dense1.weight", "dense1.bias"], ["hidden"],
                             transB=1),
            helper.make_node("Relu", ["hidden"], ["positive"]),
            helper.make_node("Gemm", ["positive", "dense2.weight", "dense2.bias"], [result],
                             transB=1)]
    ### END SOLUTION


# %%
def completes():
    for these, source, result in ((weights, "flat", "logits"), (other_weights(1), "row", "ten")):
        model = file_of(these)
        del model.graph.node[-3:]
        model.graph.node[-1].output[0], model.graph.output[0].name = source, result
        nodes = [*last_nodes(source, result)]
        if len(nodes) != 3:
            return f"three nodes are missing, you gave {len(nodes)}"
        model.graph.node.extend(nodes)
        wrong = wrong_answers(model, these)
        if wrong:
            return f"from {source!r} to {result!r}: {wrong}"
    return True


checks.grade("1 nodes", completes,
             hint="which operator is a dense layer? and which way round does it want the weight?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Look at the printed graph in the chapter: a dense layer is one `Gemm`, with the three inputs data,
# weight and bias. It multiplies by a weight of `(in, out)` unless an attribute tells it to
# transpose. Choose two names for what flows between the nodes.
#
# </details>

# %% [markdown]
# ## 2. Normalise inside the file (complete)
#
# The notebook showed that callers forget to divide by 255, and that no test of accuracy sees it.
# Put it into the file: return a model whose one input is called `pixels`, of type `uint8`, with the
# values 0 to 255, for any number of digits. Two nodes at the front are enough. What the input was
# called before differs from file to file. The output, and the model that you are given, stay as
# they are.


# %%
def takes_pixels(model):
    model = deepcopy(model)
    graph = model.graph
    ### BEGIN SOLUTION
    former = graph.input[0].name
    graph.initializer.append(numpy_helper.from_array(np.float32(255), "white"))
    graph.node.insert(0, helper.make_node("Cast", ["pixels"], ["grey"], to=TensorProto.FLOAT))
    graph.node.insert(1, helper.make_node("Div", ["grey", "white"], [former]))
    graph.input[0].CopyFrom(helper.make_tensor_value_info("pixels", TensorProto.UINT8,
                                                          ["N", *spec.IMAGE_SHAPE]))
    ### END SOLUTION
    return model


# %%
def normalises():
    pixels = checks.random(2).randint(0, 256, (507, *spec.IMAGE_SHAPE)).astype(np.uint8)
    for these, name in ((weights, "images"), (other_weights(3), "x")):
        given = file_of(these)
        given.graph.input[0].name = given.graph.node[0].input[0] = name
        before = deepcopy(given)
        model = takes_pixels(given)
        if given != before:
            return "the model that you were given was changed: work on the copy"
        if [door.name for door in model.graph.input] != ["pixels"]:
            return f"its inputs are called {[door.name for door in model.graph.input]}"
        if model.graph.input[0].type.tensor_type.elem_type != TensorProto.UINT8:
            return "the input is called pixels, but it is not uint8"
        if model.graph.output != given.graph.output:
            return "the output is another one than before"
        wrong = wrong_answers(model, these, pixels, pixels / 255)
        if wrong:
            return f"a file whose input was called {name!r}: {wrong}"
    return True


checks.grade("2 pixels", normalises, hint="which type does Div need on both sides? "
             "and which name does the first Conv read?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Keep the old input's name: the last of your new nodes has to write it. `Cast` makes float32 of the
# pixels, and `Div` divides by an initializer that you append, one number of type float32. Nodes
# stand in the order in which they are computed, so insert both at the front. At last write the new
# input over the old one.
#
# </details>

# %% [markdown]
# ## 3. Mend what the contract names (mend)
#
# Three files came back from deployment. The contract names each fault. Write
# `mend(name, model, weights)`, which returns a model that holds: `probabilities` has a node too
# many, `turned` reads the 800 numbers in another order (height, width, channel), `stale` is from
# before the training. For `stale` the right `weights` are given; for the other two they are `None`,
# because all you need is in the file. Input and output keep their names. The check breaks other
# networks in the same three ways. The model that you are given stays as it is.

# %%
def put(model, name, value):
    """Replaces the initializer ``name``."""
    next(tensor for tensor in model.graph.initializer
         if tensor.name == name).CopyFrom(numpy_helper.from_array(value, name))


def broken(weights):
    """The three files of a network."""
    softmax, turned = file_of(weights), file_of(weights)
    softmax.graph.node[-1].output[0] = "raw"
    softmax.graph.node.append(helper.make_node("Softmax", ["raw"], ["logits"]))
    hwc = weights["dense1.weight"].reshape(64, 32, 5, 5).transpose(0, 2, 3, 1).reshape(64, 800)
    put(turned, "dense1.weight", hwc)
    return {"probabilities": softmax, "turned": turned, "stale": file_of(spec.initial_weights())}


# %%
for name, model in broken(weights).items():
    why = contract.judge(answers(model, digits), weights).why
    print(f"{name:<14} contract: {why.split(' allowed: ')[-1]}")


# %%
def mend(name, model, weights):
    model = deepcopy(model)
    ### BEGIN SOLUTION
    if name == "probabilities":
        model.graph.node.pop()
        model.graph.node[-1].output[0] = "logits"
    elif name == "turned":
        found = numpy_helper.to_array(next(t for t in model.graph.initializer
                                           if t.name == "dense1.weight"))
        channels_first = found.reshape(64, 5, 5, 32).transpose(0, 3, 1, 2)
        put(model, "dense1.weight", channels_first.reshape(64, 800))
    else:
        for weight, value in weights.items():
            put(model, weight, value)
    ### END SOLUTION
    return model


# %%
def mended():
    for which, these in (("JAX's", weights), ("another network's", other_weights(4))):
        for name, model in broken(these).items():
            before = deepcopy(model)
            found = mend(name, model, dict(these) if name == "stale" else None)
            if model != before:
                return f"{name}: the model that you were given was changed: work on the copy"
            wrong = wrong_answers(found, these)
            if (found.graph.input, found.graph.output) != (model.graph.input, model.graph.output):
                wrong = "its input or its output is another one than before"
            if wrong:
                return f"{which} {name}: {wrong}"
    return True


checks.grade("3 mend", mended, hint="who writes the name logits, once the node too many is gone? "
             "which axes did the 800 numbers have?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `probabilities`: take the last node away, and give its output's name to the node that is last now.
# `turned`: read the initializer with `to_array`, reshape its 800 columns to the three axes that
# they were, bring the channel to the front, flatten again, and `put` it back. `stale`: `put` every
# weight that you are given.
#
# </details>

# %% [markdown]
# ## 4. Who refuses it? (predict)
#
# Predict before you run: for each file, who refuses it? Answer `"nobody"`, `"runtime"` (ONNX
# Runtime only) or `"both"` (the checker as well). The names say what was done to the original.

# %%
FILES = {name: deepcopy(original) for name in ("opset 17", "opset 99", "IR version 99",
                                               "a node reads a name that nobody writes")}
FILES["opset 17"].opset_import[0].version = 17
FILES["opset 99"].opset_import[0].version = 99
FILES["IR version 99"].ir_version = 99
FILES["a node reads a name that nobody writes"].graph.node[1].input[0] = "nothing"
pool = helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[1, 2, 2, 1], strides=[1, 2, 2, 1])
ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 1, 1, size, size, 1])
        for name, size in (("x", 28), ("y", 14))]
FILES["a pooling over four axes"] = helper.make_model(
    helper.make_graph([pool], "pool", ends[:1], ends[1:]), ir_version=9,
    opset_imports=[helper.make_opsetid("", 20)])

# %%
refusers = ...
### BEGIN SOLUTION
refusers = {"opset 17": "nobody", "opset 99": "runtime", "IR version 99": "both",
            "a node reads a name that nobody writes": "both", "a pooling over four axes": "runtime"}
### END SOLUTION


# %%
def refuses(call, *arguments):
    try:
        call(*arguments)
    except Exception:
        return True
    return False


def run_once(model):
    session = session_of(model)
    door = session.get_inputs()[0]
    session.run(None, {door.name: np.zeros([size if isinstance(size, int) else 2
                                            for size in door.shape], np.float32)})


# %%
def predicted(answer):
    if set(answer) != set(FILES):
        return "one prediction for each of the five files, by its name"
    for name, model in FILES.items():
        checker, runtime = refuses(onnx.checker.check_model, model), refuses(run_once, model)
        truth = {(False, False): "nobody", (False, True): "runtime",
                 (True, True): "both"}[checker, runtime]
        if repr(answer[name]) != repr(truth):
            return (f"{name}: you say {answer[name]!r}; what do the checker and the runtime say "
                    "when you run them on it?")
    return True


checks.grade("4 refusers", predicted, hint="who knows the operators of its own time alone, and who "
             "does no more than compare with the rules?", answer=refusers)

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# The checker reads the rules: does the format's version exist, is each name written before it is
# read? The runtime has to compute: it needs a program of its own for each operator of that version,
# with those attributes. So put two questions to each file: is a rule broken, which a reader sees
# without computing? If not, has anybody written a program for what is asked, however rare it is?
# Only then run the check: it names a file of which you thought otherwise.
#
# </details>

# %% [markdown]
# ## 5. Half the file (design)
#
# The file must become smaller, how is up to you. `smaller(model)` returns a model
#
# - of at most 120,000 bytes (`model.ByteSize()`), in one piece: the checker and the runtime take
#   it as it is;
# - with the same door and the same exit, names and types included: float32 `images`, any number
#   of them, float32 `logits`;
# - that loses at most one point of accuracy with trained weights; with any weights its logits stay
#   within a tenth of the largest logit.
#
# The model that you are given stays as it is.

# %%
print("the original:", original.ByteSize(), "bytes")


def smaller(model):
    model = deepcopy(model)
    ### BEGIN SOLUTION
    for tensor in model.graph.initializer:
        half = numpy_helper.to_array(tensor).astype(np.float16)
        cast = helper.make_node("Cast", [f"half.{tensor.name}"], [tensor.name],
                                to=TensorProto.FLOAT)
        model.graph.node.insert(0, cast)
        tensor.CopyFrom(numpy_helper.from_array(half, f"half.{tensor.name}"))
    ### END SOLUTION
    return model


# %%
def doors(model):
    return [(end.name, end.type.tensor_type.elem_type,
             [size.dim_value for size in end.type.tensor_type.shape.dim])
            for end in (*model.graph.input, *model.graph.output)]


def too_much(model, given):
    if refused(model) or doors(model) != doors(given):
        return refused(model) or "the input or the output is another one than before"
    size = model.ByteSize()
    return f"{size} bytes: what takes the most room in the file?" if size > 120_000 else ""


# %%
def shrinks():
    large = {name: 30 * value for name, value in other_weights(6).items()}
    for these in (weights, other_weights(5), large):
        given = file_of(these)
        model = smaller(given)
        if given != file_of(these):
            return "the model that you were given was changed: work on the copy"
        if too_much(model, given):
            return too_much(model, given)
        for images in (digits, digits[7:8]):
            found, wanted = answers(model, images), answers(given, images)
            if found.shape != wanted.shape:
                return f"logits of shape {found.shape} for {len(images)} digits"
            if not np.abs(found - wanted).max() <= 0.1 * np.abs(wanted).max():
                return f"with {len(images)} digits, logits are off by more than a tenth"
    verdict = contract.judge(answers(smaller(original), digits), weights, loses=0.01)
    return verdict.holds or verdict.why


checks.grade("5 smaller", shrinks,
             hint="in how many bytes can a weight be kept? and who makes float32 of it again?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Nearly all bytes are the weights'. Keep each in float16 under a new name, and let a `Cast` node at
# the front of the graph write the old name, in float32: the other nodes do not notice. Whoever
# wants a quarter stores int8 and lets `DequantizeLinear` do the same.
#
# </details>

# %% [markdown]
# **Where now?** Back to
# [the chapter](../../notebooks/05_deployment/01_export_and_onnx.ipynb), or on to
# [a service that runs the file](../../notebooks/05_deployment/02_serving.ipynb).
