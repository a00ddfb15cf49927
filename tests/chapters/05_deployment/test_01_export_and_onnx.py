"""The frameworks' own exporters: what they write keeps the contract; what they refuse, they refuse for the reason given."""
import json
import zipfile

import numpy as np
import onnx
import pytest

from onecnn import cells, contract, launch, mnist, paths, trained

PROGRAMS = paths.programs("05_deployment/01_export_and_onnx")
onnx_runtime = cells.program("05_deployment/01_export_and_onnx/runtimes").onnx_runtime
IMAGES = mnist.load().test_images
ALONE = """
import sys
sys.modules["onecnn"] = None  # an import of the course fails
import numpy as np, torch
images = torch.from_numpy(np.load(sys.argv[2]))
with torch.inference_mode():
    np.save(sys.argv[3], torch.export.load(sys.argv[1]).module()(images).numpy())
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """``get(kernel, *keys)``: the table and the folder of one run of export.py, which is made once."""
    made = {}

    def get(kernel, *keys):
        if keys not in made:
            folder = tmp_path_factory.mktemp("export")
            try:
                output, = launch.run([[PROGRAMS / "export.py", folder, *keys]], kernel=kernel, timeout=300)
            except cells.KernelMissing as reason:
                pytest.skip(str(reason))
            made[keys] = json.loads(output.splitlines()[-1]), folder
        return made[keys]
    return get


def said(folder, key, route):
    return contract.judge(np.load(folder / key / route / "logits.npy"), trained.weights(key))


@pytest.mark.parametrize(("kernel", "keys"), [("museum", ("theano", "chainer", "mxnet")), ("caffe", ("caffe",)),
                                              ("python3", ("numpy", "torch7"))], ids=lambda value: str(value))
def test_retired_frameworks_read_their_own_files(exported, kernel, keys):
    table, folder = exported(kernel, *keys)
    for key in keys:
        assert table[key]["own"]["made"]
        assert said(folder, key, "own").holds


def test_museum_exporters_write_onnx(exported):
    _, folder = exported("museum", "theano", "chainer", "mxnet")
    for key in ("chainer", "mxnet"):
        file = folder / key / "onnx" / "digits.onnx"
        assert contract.judge(onnx_runtime(file, IMAGES), trained.weights(key)).holds


def test_pytorch(exported):
    _, folder = exported("deployment", "pytorch")
    for route in ("own", "torchscript"):
        assert said(folder, "pytorch", route).holds
    file = folder / "pytorch" / "onnx" / "digits.onnx"
    assert contract.judge(onnx_runtime(file, IMAGES), trained.weights("pytorch")).holds
    assert onnx_runtime(file, IMAGES[:3]).shape == (3, 10)
    assert len(onnx.load(file).graph.node) == 10
    assert not [name for name in zipfile.ZipFile(folder / "pytorch/own/digits.pt2").namelist() if name.endswith(".py")]


def test_pt2_runs_without_the_course(exported, tmp_path):
    """Neither the class of the network nor the course can be imported."""
    _, folder = exported("deployment", "pytorch")
    np.save(tmp_path / "images.npy", IMAGES)
    words = ["-c", ALONE, folder / "pytorch/own/digits.pt2", tmp_path / "images.npy", tmp_path / "logits.npy"]
    launch.run([words], kernel="deployment")
    assert contract.judge(np.load(tmp_path / "logits.npy"), trained.weights("pytorch")).holds


def test_tensorflow_and_keras(exported):
    keys = ("tensorflow", "tensorflow1", "keras-tensorflow")
    table, folder = exported("deployment", *keys)
    for key in keys:
        for route in ("own", "saved_model"):
            assert said(folder, key, route).holds, (key, route)
        file = folder / key / "onnx" / "digits.onnx"
        assert contract.judge(onnx_runtime(file, IMAGES), trained.weights(key)).holds, key
        assert table[key]["litert"]["made"] == ["digits.tflite"]


def test_tensorflow_file_wants_its_own_layout(exported):
    """Given channels first it refuses; it does not answer wrongly."""
    import onnxruntime
    _, folder = exported("deployment", "tensorflow", "tensorflow1", "keras-tensorflow")
    session = onnxruntime.InferenceSession(folder / "tensorflow/onnx/digits.onnx", providers=["CPUExecutionProvider"])
    with pytest.raises(Exception, match="Got invalid dimensions"):
        session.run(None, {session.get_inputs()[0].name: IMAGES[:1]})


def test_jax(exported):
    table, folder = exported("deployment", "jax")
    assert "_DimExpr" in table["jax"]["direct"]["refused"]
    assert "infer the attribute type" in table["jax"]["onnx"]["refused"]
    assert table["jax"]["litert"]["made"] == ["digits.tflite"]
    for route in ("own", "saved_model"):
        assert said(folder, "jax", route).holds
    assert b"XlaCallModule" in (folder / "jax/saved_model/digits/saved_model.pb").read_bytes()


@pytest.mark.parametrize("where", ["initializer", "constant", "branch"])
@pytest.mark.parametrize("given", ["file", "bytes"])
def test_a_file_that_wants_to_read_another_is_refused(where, given, tmp_path, monkeypatch):
    """Neither beside the model nor in the working folder, however deep in the graph it is asked for."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "diary.txt").write_text("dear diary")
    stolen = onnx.TensorProto(name="stolen", data_type=onnx.TensorProto.UINT8, dims=[10],
                              data_location=onnx.TensorProto.EXTERNAL)
    stolen.external_data.add(key="location", value="diary.txt")
    answer = onnx.helper.make_tensor_value_info("answer", onnx.TensorProto.UINT8, [10])
    node, kept = onnx.helper.make_node("Constant", [], ["answer"], value=stolen), []
    if where == "initializer":
        node, kept = onnx.helper.make_node("Identity", ["stolen"], ["answer"]), [stolen]
    if where == "branch":
        always = onnx.helper.make_tensor("always", onnx.TensorProto.BOOL, [], [True])
        branch = onnx.helper.make_graph([node], "branch", [], [answer])
        node, kept = onnx.helper.make_node("If", ["always"], ["answer"], then_branch=branch, else_branch=branch), [always]
    images = onnx.helper.make_tensor_value_info("images", onnx.TensorProto.FLOAT, ["N", 1, 28, 28])
    graph = onnx.helper.make_graph([node], "thief", [images], [answer], kept)
    model = onnx.helper.make_model(graph, ir_version=10, opset_imports=[onnx.helper.make_opsetid("", 20)])
    (tmp_path / "thief.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(Exception, match=r"diary\.txt"):
        onnx_runtime(tmp_path / "thief.onnx" if given == "file" else model.SerializeToString(), IMAGES[:1])


def test_a_broken_exporter_is_told_by_the_contract(exported, tmp_path):
    """The planted fault: the exported convolution is written with height and width exchanged."""
    _, folder = exported("deployment", "pytorch")
    model = onnx.load(folder / "pytorch/onnx/digits.onnx")
    kernel = next(tensor for tensor in model.graph.initializer if list(tensor.dims) == [16, 1, 3, 3])
    turned = np.ascontiguousarray(onnx.numpy_helper.to_array(kernel).transpose(0, 1, 3, 2))
    kernel.CopyFrom(onnx.numpy_helper.from_array(turned, kernel.name))
    assert not contract.judge(onnx_runtime(model.SerializeToString(), IMAGES), trained.weights("pytorch")).holds
