"""Smaller networks and their files keep the deployment contract, and planted faults break it."""
import json

import numpy as np
import pytest

from onecnn import cells, contract, launch, mnist, paths, spec, trained

FOLDER = paths.programs("05_deployment/05_smaller")
onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")
torch = pytest.importorskip("torch")
shrink, to_onnx = cells.program("05_deployment/05_smaller/shrink"), cells.program("05_deployment/05_smaller/to_onnx")

DIGITS = mnist.load()


@pytest.fixture(scope="module")
def teacher():
    return trained.weights("pytorch")


@pytest.fixture(scope="module")
def cut(teacher):
    choice = [shrink.strongest(teacher, name, count) for name, count in (("conv1", 8), ("conv2", 16), ("dense1", 32))]
    return choice, shrink.narrowed(teacher, *choice)


@pytest.fixture(scope="module")
def files(teacher, cut, tmp_path_factory):
    """ONNX files of the teacher, the narrow one, and one with 4 bits; ``{name: (path, weights)}``."""
    folder = tmp_path_factory.mktemp("onnx")
    made = {"teacher": teacher, "narrow": cut[1], "4 bits": shrink.read(shrink.quantised(teacher, 4))}
    for name, weights in made.items():
        np.savez(folder / f"{name}.npz", **weights)
    pairs = [folder / f"{name}{ending}" for name in made for ending in (".npz", ".onnx")]
    try:
        launch.run([[FOLDER / "to_onnx.py", *pairs]], timeout=240, kernel="deployment")
    except cells.KernelMissing as reason:
        pytest.skip(str(reason))
    to_onnx.store_as_integers(str(folder / "4 bits.onnx"), 4)
    return {name: (folder / f"{name}.onnx", weights) for name, weights in made.items()}


def run(path, images=DIGITS.test_images):
    return ort.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(None, {"image": images})[0]


@pytest.mark.parametrize("name", ["teacher", "narrow", "4 bits"])
def test_each_file_is_its_own_weights_network(files, name):
    path, weights = files[name]
    assert str(contract.judge(run(path), shrink.widened(weights))) == "holds"


def test_planted_faults_break_the_contract(files, teacher):
    path, weights = files["4 bits"]
    assert "as 0 to 255" in contract.judge(run(path, DIGITS.test_images * 255), weights).why
    turned = np.ascontiguousarray(DIGITS.test_images.transpose(0, 1, 3, 2))
    assert "transposed" in contract.judge(run(path, turned), weights).why
    assert "another training's file" in contract.judge(run(files["teacher"][0]), weights).why
    ruined = shrink.quantised(teacher, 2)
    assert "of accuracy lost" in contract.judge(shrink.logits(ruined, DIGITS.test_images), teacher, loses=0.01).why


def test_sizes_and_multiplications(files):
    size = {name: path.stat().st_size for name, (path, _) in files.items()}
    assert size["4 bits"] < size["teacher"] / 5 and size["narrow"] < size["teacher"] / 3
    assert [to_onnx.multiplications(path) for path, _ in files.values()] == [706_752, 201_184, 706_752]


def test_files_hold_no_path_of_this_machine(files):
    for path, _ in files.values():
        assert str(paths.ROOT).encode() not in path.read_bytes() and b"site-packages" not in path.read_bytes()


def test_taken_out_is_silenced(teacher, cut):
    """The narrow network says what the large one says with those units silent; with TensorFlow's columns it does not."""
    choice, narrow = cut
    silenced = {name: value.copy() for name, value in teacher.items()}
    for name, stay in zip(("conv1", "conv2", "dense1"), choice):
        gone = np.setdiff1d(np.arange(len(teacher[f"{name}.bias"])), stay)
        silenced[f"{name}.weight"][gone] = silenced[f"{name}.bias"][gone] = 0
    assert contract.judge(shrink.logits(shrink.CNN(narrow), DIGITS.test_images), silenced).holds
    by_pixel = teacher["dense1.weight"][choice[2]].reshape(32, 25, 32)[:, :, choice[1]].reshape(32, -1)
    wrong = shrink.CNN({**narrow, "dense1.weight": by_pixel})
    assert not contract.judge(shrink.logits(wrong, DIGITS.test_images), silenced, loses=0.1).holds


def test_widened_is_the_same_function(cut):
    narrow = cut[1]
    ours = shrink.logits(shrink.CNN(narrow), DIGITS.test_images[:100])
    theirs = shrink.logits(shrink.CNN(shrink.widened(narrow)), DIGITS.test_images[:100])
    assert np.abs(ours - theirs).max() < 1e-4
    assert {name: value.shape for name, value in shrink.widened(narrow).items()} == spec.SHAPES


@pytest.mark.parametrize("bits", [8, 4, 3, 2])
def test_fake_quantiser_leaves_as_many_values_as_the_bits_have(teacher, bits):
    used = shrink.read(shrink.quantised(teacher, bits))
    assert all(len(np.unique(row)) <= 2 ** bits - 1 for name in shrink.LAYERS for row in used[f"{name}.weight"])


def test_straight_through(teacher):
    """The gradient is taken at the rounded weight and reaches the stored one; torch.round alone stops it."""
    rounded = shrink.quantised(teacher, 4)
    plain = shrink.CNN(shrink.read(rounded))
    images, labels = torch.from_numpy(DIGITS.test_images[:64]), torch.from_numpy(DIGITS.test_labels)
    for model in (rounded, plain):
        shrink.hard(model(images), labels, slice(64)).backward()
    for name in shrink.LAYERS:
        ours, theirs = getattr(rounded, name).parametrizations.weight.original.grad, getattr(plain, name).weight.grad
        assert theirs.any() and torch.allclose(ours, theirs, atol=1e-6)
    x = torch.ones(3, requires_grad=True)
    torch.round(x).sum().backward()
    assert not x.grad.any()


def test_masked_weights_stay_zero(teacher):
    sparse = {name: np.where(np.abs(value) > 0.05, value, 0) if value.ndim > 1 else value for name, value in teacher.items()}
    model = shrink.train(shrink.masked(sparse), DIGITS.train_images[:256], DIGITS.train_labels[:256])
    after = shrink.read(model)
    assert all((after[f"{name}.weight"][sparse[f"{name}.weight"] == 0] == 0).all() for name in shrink.LAYERS)
    unmasked = shrink.read(shrink.train(shrink.CNN(sparse), DIGITS.train_images[:256], DIGITS.train_labels[:256]))
    assert (unmasked["dense2.weight"][sparse["dense2.weight"] == 0] != 0).any()


def test_distillation_gradient_keeps_its_size_only_with_the_square():
    generator = torch.Generator().manual_seed(0)
    student, teacher = (torch.randn(64, 10, generator=generator) for _ in range(2))

    def pull(temperature, square):
        logits = student.clone().requires_grad_()
        shrink.distillation(logits, teacher, temperature, square).backward()
        return float(logits.grad.norm())

    assert 0.5 < pull(16, True) / pull(4, True) < 2
    assert pull(16, False) / pull(4, False) < 0.1
    assert float(shrink.distillation(teacher, teacher, 4)) == pytest.approx(0, abs=1e-6)


def test_pt2e_file_holds_integers_and_the_quantised_contract(teacher, tmp_path):
    np.savez(tmp_path / "teacher.npz", **teacher)
    targets = [tmp_path / "after.onnx", tmp_path / "aware.onnx"]
    try:
        output, = launch.run([[FOLDER / "qat_pt2e.py", tmp_path / "teacher.npz", *targets]], timeout=240, kernel="deployment")
    except cells.KernelMissing as reason:
        pytest.skip(str(reason))
    assert json.loads(output.splitlines()[-1])["fake quantisers"] == 8
    for path in targets:
        weights = [tensor for tensor in onnx.load(path).graph.initializer if len(tensor.dims) > 1]
        assert len(weights) == 4 and {tensor.data_type for tensor in weights} == {onnx.TensorProto.INT8}
        found = run(path)
        assert contract.judge(found, teacher, loses=0.01).holds
        assert not contract.judge(found, teacher).holds, "8 bits are not float32"
