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
# Four tasks on
# [the notebook about exports](../../notebooks/05_deployment/01_export_and_onnx.ipynb), about 35
# minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or
# `[no]` with a hint. Nothing breaks if you run everything at once. Every file goes through the
# contract, with all 1,000 test digits.

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

from onecnn import checks, contract, mnist, spec, trained
from onecnn.onnx_file import write_onnx

digits = mnist.load().test_images
weights = trained.weights("mxnet")
with tempfile.TemporaryDirectory() as folder:
    write_onnx(weights, Path(folder, "digits.onnx"))
    original = onnx.load(Path(folder, "digits.onnx"))

# %% [markdown]
# A model can go to ONNX Runtime without a file, as bytes:


# %%
def session_of(model):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model.SerializeToString(), options,
                                        providers=["CPUExecutionProvider"])


def judge(model, images):
    """The contract's verdict on ``model``, which is given ``images`` at its only door."""
    session = session_of(model)
    return contract.judge(session.run(None, {session.get_inputs()[0].name: images})[0], weights)


print("the file from MXNet's weights:", judge(original, digits))

# %% [markdown]
# ## 1. Write the last three nodes
#
# Somebody lost the end of the graph. Return the three missing nodes: the first dense layer reads
# `flat`, the second writes `logits`, and their weights are called as in the course
# (`dense1.weight`, `(out, in)`).


# %%
def last_nodes():
    ### BEGIN SOLUTION
    return [helper.make_node("Gemm", ["flat", "dense1.weight", "dense1.bias"], ["hidden"],
                             transB=1),
            helper.make_node("Relu", ["hidden"], ["positive"]),
            helper.make_node("Gemm", ["positive", "dense2.weight", "dense2.bias"], ["logits"],
                             transB=1)]
    ### END SOLUTION


# %%
def completes():
    model = deepcopy(original)
    del model.graph.node[-3:]
    model.graph.node.extend(last_nodes())
    try:
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:
        return f"the checker refuses it: {' '.join(str(error).split())[:140]}"
    verdict = judge(model, digits)
    return verdict.holds or f"the checker is content, the contract is not: {verdict.why}"


checks.grade("1 nodes", completes,
             hint="Gemm, Relu, Gemm; Gemm takes the weight as (out, in) if you tell it so")

# %% [markdown]
# ## 2. Normalise inside the file
#
# The notebook showed that callers forget to divide by 255, and that no test of accuracy sees it.
# Put it into the file: return a model whose input is called `pixels`, of type `uint8`, with the
# values 0 to 255. Two nodes at the front are enough.


# %%
def takes_pixels(model):
    model = deepcopy(model)
    graph = model.graph
    ### BEGIN SOLUTION
    graph.initializer.append(numpy_helper.from_array(np.array(255, np.float32), "white"))
    graph.node.insert(0, helper.make_node("Cast", ["pixels"], ["grey"], to=TensorProto.FLOAT))
    graph.node.insert(1, helper.make_node("Div", ["grey", "white"], ["images"]))
    graph.input[0].CopyFrom(helper.make_tensor_value_info("pixels", TensorProto.UINT8,
                                                          ["N", *spec.IMAGE_SHAPE]))
    ### END SOLUTION
    return model


# %%
def normalises():
    model = takes_pixels(original)
    if original.graph.input[0].name != "images" or len(original.graph.node) != 10:
        return "the original was changed: work on the copy"
    if not model.graph.input or model.graph.input[0].name != "pixels":
        raise NotImplementedError
    if model.graph.input[0].type.tensor_type.elem_type != TensorProto.UINT8:
        return "the input is called pixels, but it is not uint8"
    onnx.checker.check_model(model, full_check=True)
    verdict = judge(model, np.round(digits * 255).astype(np.uint8))
    if not verdict.holds:
        return f"broken: {verdict.why}"
    return len(session_of(model).get_inputs()) == 1


checks.grade("2 pixels", normalises,
             hint="Cast to FLOAT, then Div by an initializer; Div writes images; replace input[0]")

# %% [markdown]
# ## 3. Mend what the contract names
#
# Three files came back from deployment. The contract names each fault. Write `mend(name, model)`,
# which returns a model that holds: `probabilities` has a node too many, `turned` reads the 800
# numbers in another order (height, width, channel), `stale` is from before the training: take the
# weights from `weights`.

# %%
softmax, turned, stale = deepcopy(original), deepcopy(original), deepcopy(original)
softmax.graph.node[-1].output[0] = "raw"
softmax.graph.node.append(helper.make_node("Softmax", ["raw"], ["logits"]))


def put(model, name, value):
    """Replaces the initializer ``name``."""
    next(tensor for tensor in model.graph.initializer
         if tensor.name == name).CopyFrom(numpy_helper.from_array(value, name))


hwc = weights["dense1.weight"].reshape(64, 32, 5, 5).transpose(0, 2, 3, 1).reshape(64, 800)
put(turned, "dense1.weight", np.ascontiguousarray(hwc))
for name, value in spec.initial_weights().items():
    put(stale, name, value)
BROKEN = {"probabilities": softmax, "turned": turned, "stale": stale}
for name, model in BROKEN.items():
    print(f"{name:<14} contract: {judge(model, digits).why.split(' allowed: ')[-1]}")


# %%
def mend(name, model):
    model = deepcopy(model)
    ### BEGIN SOLUTION
    if name == "probabilities":
        model.graph.node.pop()
        model.graph.node[-1].output[0] = "logits"
    elif name == "turned":
        found = numpy_helper.to_array(next(t for t in model.graph.initializer
                                           if t.name == "dense1.weight"))
        channels_first = found.reshape(64, 5, 5, 32).transpose(0, 3, 1, 2)
        put(model, "dense1.weight", np.ascontiguousarray(channels_first.reshape(64, 800)))
    else:
        for weight, value in weights.items():
            put(model, weight, value)
    ### END SOLUTION
    return model


# %%
def mended():
    if all(mend(name, model) == model for name, model in BROKEN.items()):
        raise NotImplementedError
    for name, model in BROKEN.items():
        verdict = judge(mend(name, model), digits)
        if not verdict.holds:
            return f"{name}: {verdict.why}"
    return True


checks.grade("3 mend", mended, hint="pop the Softmax and give the last Gemm the name logits; "
             "transpose back; put every weight")

# %% [markdown]
# ## 4. Who refuses it?
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


def predicted(answer):
    for name, model in FILES.items():
        checker, runtime = refuses(onnx.checker.check_model, model), refuses(run_once, model)
        truth = {(False, False): "nobody", (False, True): "runtime",
                 (True, True): "both"}[checker, runtime]
        if answer.get(name) != truth:
            return (f"{name}: you say {answer.get(name)!r}; run the checker and the runtime on it "
                    "and see")
    return True


checks.grade("4 refusers", predicted, hint="one knows only what it was built with, the other reads "
             "only the rules", answer=refusers)
