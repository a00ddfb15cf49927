"""Edge runtimes: each file keeps the deployment contract, and each planted fault breaks it, by its name."""
import json

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from onecnn import cells, contract, launch, mnist, paths, reference, spec, trained

EDGE = paths.programs("05_deployment/04_edge_and_mobile")
LOSES = 0.01
CHANNELS_LAST = """
import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.exir import to_edge_transform_and_lower
model = torch.nn.Conv2d(16, 32, 3).eval().to(memory_format=torch.channels_last)
exported = torch.export.export(model, (torch.zeros(1, 16, 8, 8),))
to_edge_transform_and_lower(exported, partitioner=[XnnpackPartitioner()])
"""


def start(*commands):
    try:
        return launch.run([[EDGE / words[0], *words[1:]] for words in commands], kernel="deployment", timeout=240)
    except cells.KernelMissing as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The digits, and the network in every format, of the weights that PyTorch reached."""
    folder, digits = tmp_path_factory.mktemp("edge"), mnist.load()
    np.savez(folder / "weights.npz", **trained.weights("pytorch"))
    np.save(folder / "digits.npy", digits.test_images)
    np.save(folder / "calibration.npy", digits.train_images[:100])
    given = (folder / "weights.npz", folder / "calibration.npy", folder)
    start(("convert_tensorflow.py", *given), ("convert_pytorch.py", *given))
    return folder


def run(program, folder, *models, images="digits.npy", options=()):
    """``{model: (report, logits)}``"""
    output, = start((program, folder / images, *(folder / model for model in models), *options))
    reports = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return {model: (report, np.load(folder / f"{report['model']}.npy")) for model, report in zip(models, reports)}


def check(logits, loses=None):
    return contract.judge(logits, trained.weights("pytorch"), loses)


@pytest.mark.parametrize(("program", "exact", "rounded"), [
    ("run_litert.py", "float32.tflite", ("float16.tflite", "dynamic.tflite", "int8.tflite")),
    ("run_executorch.py", "float32.pte", ("int8.pte",)),
    ("run_onnxruntime.py", "model.onnx", ())])
def test_contract(program, exact, rounded, folder):
    found = run(program, folder, exact, *rounded)
    assert check(found[exact][1]).holds, check(found[exact][1])
    for model in rounded:
        verdict = check(found[model][1], LOSES)
        assert verdict.holds, (model, verdict)
        assert verdict.difference > contract.TOLERANCE, f"{model} is as exact as float32: is it rounded at all?"
    if "int8" in str(rounded):
        assert 3 * found[rounded[-1]][0]["bytes"] < found[exact][0]["bytes"]
    if program == "run_litert.py":
        assert all(report["imported"] == [] for report, _ in found.values()), "a phone has no framework"


def test_ort_format_keeps_the_contract(folder):
    launch.run([["-m", "onnxruntime.tools.convert_onnx_models_to_ort", folder / "model.onnx", "--output_dir", folder,
                 "--optimization_style", "Fixed"]])
    assert check(run("run_onnxruntime.py", folder, "model.ort")["model.ort"][1]).holds
    assert "FusedConv" in (folder / "model.required_operators.config").read_text()


def test_openvino_is_exact_when_told(folder):
    _, logits = run("run_openvino.py", folder, "model.onnx", options=("--precision", "f32"))["model.onnx"]
    assert check(logits).holds
    report, logits = run("run_openvino.py", folder, "model.onnx")["model.onnx"]
    assert check(logits).holds == (report["precision"] == "f32")
    assert check(logits, LOSES).holds


def test_bfloat16_weights_break_the_contract():
    def rounded(values):
        bits = values.view(np.uint32)
        return ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32)
    weights = {name: rounded(value) for name, value in trained.weights("pytorch").items()}
    logits = reference.logits(weights, mnist.load().test_images)
    assert not check(logits).holds
    assert check(logits, LOSES).holds


@pytest.mark.parametrize(("images", "why"), [(lambda x: x.transpose(0, 1, 3, 2), "transposed"),
                                             (lambda x: x * 255, "0 to 255"), (lambda x: 1 - x, "inverted")])
def test_wrong_images_break_the_contract(images, why, folder):
    np.save(folder / "wrong.npy", images(mnist.load().test_images))
    _, logits = run("run_litert.py", folder, "float32.tflite", images="wrong.npy")["float32.tflite"]
    assert why in check(logits).why


def flattened_otherwise(weights):
    """dense1 as a network has it that flattens height, width, channel."""
    dense1 = weights["dense1.weight"].reshape(64, 32, 5, 5).transpose(0, 2, 3, 1).reshape(64, 800)
    return {**weights, "dense1.weight": np.ascontiguousarray(dense1)}


def trained_otherwise(weights):
    """Weights as another training might leave them, as far away on every processor: two real trainings can be nearly one."""
    random = np.random.RandomState(0)
    return {name: value + (value.std() * random.uniform(-0.3, 0.3, value.shape)).astype(value.dtype)
            for name, value in weights.items()}


@pytest.mark.parametrize(("plant", "why"), [(flattened_otherwise, "another layout"),
                                            (lambda weights: spec.initial_weights(), "a stale file"),
                                            (trained_otherwise, "another training's file")])
def test_wrong_files_break_the_contract(plant, why, folder):
    network, planted = onnx.load(folder / "model.onnx"), plant(trained.weights("pytorch"))
    for entry in network.graph.initializer:
        if entry.name in planted:
            entry.CopyFrom(numpy_helper.from_array(planted[entry.name], entry.name))
    onnx.save(network, folder / "planted.onnx")
    _, logits = run("run_onnxruntime.py", folder, "planted.onnx")["planted.onnx"]
    assert why in check(logits).why


@pytest.mark.parametrize(("images", "holds"), [(lambda x: x, True), (lambda x: x * 255, False), (lambda x: x / 255, False),
                                               (lambda x: np.random.RandomState(0).rand(*x.shape).astype(np.float32), False)])
def test_calibration(images, holds, folder):
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.rest = iter(images(np.load(folder / "calibration.npy")))

        def get_next(self):
            image = next(self.rest, None)
            return None if image is None else {"images": image[None]}

    quantize_static(folder / "model.onnx", folder / "static.onnx", Reader(), quant_format=QuantFormat.QDQ, per_channel=True)
    _, logits = run("run_onnxruntime.py", folder, "static.onnx")["static.onnx"]
    assert check(logits, LOSES).holds == holds


def test_executorch_still_refuses_channels_last():
    """The trap that the chapter tells of; when this fails, tell it otherwise."""
    try:
        with pytest.raises(launch.WorkerFailed, match="ChannelsLastTaggedReshapePass"):
            launch.run([["-W", "ignore", "-c", CHANNELS_LAST]], kernel="deployment")
    except cells.KernelMissing as reason:
        pytest.skip(str(reason))


def test_retired_frameworks_go_into_a_pocket(folder, tmp_path):
    """What MXNet and Caffe reached in training, as LiteRT files."""
    commands = []
    for key in ("mxnet", "caffe"):
        (tmp_path / key).mkdir()
        try:
            np.savez(tmp_path / f"{key}.npz", **trained.weights(key))
        except cells.KernelMissing as reason:
            pytest.skip(str(reason))
        commands.append(("convert_tensorflow.py", tmp_path / f"{key}.npz", folder / "calibration.npy", tmp_path / key))
    start(*commands)
    for key in ("mxnet", "caffe"):
        np.save(tmp_path / key / "digits.npy", mnist.load().test_images)
        found = run("run_litert.py", tmp_path / key, "float32.tflite", "int8.tflite")
        assert contract.judge(found["float32.tflite"][1], trained.weights(key)).holds
        assert contract.judge(found["int8.tflite"][1], trained.weights(key), LOSES).holds


def test_openvino_leaves_nothing_in_the_home_folder(tmp_path):
    """No id, no count of uses: what would report them is not there when OpenVINO looks for it."""
    from onecnn.onnx_file import write_onnx
    home = tmp_path / "home"
    home.mkdir()
    write_onnx(trained.weights("pytorch"), tmp_path / "model.onnx")
    np.save(tmp_path / "digits.npy", mnist.load().test_images[:10])
    try:
        launch.run([[EDGE / "run_openvino.py", tmp_path / "digits.npy", tmp_path / "model.onnx"]], [{"HOME": str(home)}],
                   kernel="deployment", timeout=240)
    except cells.KernelMissing as reason:
        pytest.skip(str(reason))
    assert not (home / "intel").exists()
