"""The deployment contract: every framework's weights in ONNX Runtime, and each known fault by its name."""
import numpy as np
import onnx
import pytest

from onecnn import cells, contract, mnist, networks, reference, spec, trained
from onecnn.onnx_file import write_onnx

onnx_runtime = cells.program("05_deployment/01_export_and_onnx/runtimes").onnx_runtime

DIGITS = mnist.load()
IMAGES = DIGITS.test_images


def weights_of(key):
    try:
        return trained.weights(key)
    except cells.KernelMissing as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """One framework's weights, their file, and its logits."""
    weights, file = weights_of("pytorch"), tmp_path_factory.mktemp("contract") / "digits.onnx"
    write_onnx(weights, file)
    return weights, file, onnx_runtime(file, IMAGES)


@pytest.mark.slow(reason="trains each framework, where set-up has not")
@pytest.mark.parametrize("key", networks.FRAMEWORKS)
def test_every_framework_keeps_the_contract_in_onnx(key, tmp_path):
    weights = weights_of(key)
    write_onnx(weights, tmp_path / "digits.onnx")
    verdict = contract.judge(onnx_runtime(tmp_path / "digits.onnx", IMAGES), weights)
    assert verdict.holds and str(verdict) == "holds"
    assert verdict.difference < 1e-6
    assert verdict.accuracy >= 0.94


def test_file_takes_any_batch(deployed):
    _, file, logits = deployed
    for size in (1, 7):
        np.testing.assert_allclose(onnx_runtime(file, IMAGES[:size]), logits[:size], rtol=0, atol=1e-4)
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "N"


def test_file_is_refused_without_all_weights(deployed, tmp_path):
    weights = deployed[0]
    with pytest.raises(KeyError, match=r"dense2\.bias"):
        write_onnx({name: value for name, value in weights.items() if name != "dense2.bias"}, tmp_path / "x.onnx")
    with pytest.raises(ValueError, match=r"dense1\.weight has shape"):
        write_onnx({**weights, "dense1.weight": weights["dense1.weight"].T}, tmp_path / "x.onnx")
    assert not (tmp_path / "x.onnx").exists()


@pytest.mark.parametrize(("images", "why"), [
    (IMAGES.transpose(0, 1, 3, 2), "height and width are exchanged"),
    (IMAGES * 255, "0 to 255"),
    (1 - IMAGES, "inverted")], ids=("transposed", "not normalised", "inverted"))
def test_wrong_images_are_named(deployed, images, why):
    weights, file, _ = deployed
    verdict = contract.judge(onnx_runtime(file, np.ascontiguousarray(images)), weights)
    assert not verdict.holds and why in verdict.why


def test_accuracy_alone_misses_the_normalisation(deployed):
    """What the chapter claims: no test of accuracy sees it."""
    weights, file, logits = deployed
    right = (logits.argmax(axis=1) == DIGITS.test_labels).mean()
    assert abs(contract.judge(onnx_runtime(file, IMAGES * 255), weights).accuracy - right) < 0.01


def test_flipped_layout_is_named(deployed, tmp_path):
    weights = deployed[0]
    turned = weights["dense1.weight"].reshape(64, 32, 5, 5).transpose(0, 2, 3, 1).reshape(64, 800)
    write_onnx({**weights, "dense1.weight": turned}, tmp_path / "x.onnx")
    assert "another layout (height, width, channel)" in contract.judge(onnx_runtime(tmp_path / "x.onnx", IMAGES), weights).why


def test_stale_file_is_named(deployed, tmp_path):
    write_onnx(spec.initial_weights(), tmp_path / "x.onnx")
    assert "before training" in contract.judge(onnx_runtime(tmp_path / "x.onnx", IMAGES), deployed[0]).why


def test_another_training_is_named(deployed, tmp_path):
    """Weights as another training might leave them, as far away on every processor: two real trainings can be nearly one."""
    random = np.random.RandomState(0)
    write_onnx({name: value + (value.std() * random.uniform(-0.3, 0.3, value.shape)).astype(value.dtype)
                for name, value in deployed[0].items()}, tmp_path / "x.onnx")
    verdict = contract.judge(onnx_runtime(tmp_path / "x.onnx", IMAGES), deployed[0])
    assert not verdict.holds and "another training" in verdict.why


def test_probabilities_are_named(deployed):
    weights, _, logits = deployed
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    assert "probabilities" in contract.judge(powers / powers.sum(axis=1, keepdims=True), weights).why


def test_numbers_that_are_none_are_named(deployed):
    weights, _, logits = deployed
    spoilt = logits.copy()
    spoilt[17, 3] = np.nan
    verdict = contract.judge(spoilt, weights)
    assert not verdict.holds and "not finite" in verdict.why and verdict.accuracy == 0
    assert verdict.difference == float("inf")


def test_one_wrong_answer_of_a_thousand_is_seen(deployed):
    weights, _, logits = deployed
    spoilt = logits.copy()
    spoilt[999] = spoilt[0]
    assert not contract.judge(spoilt, weights).holds


@pytest.mark.parametrize("shape", [(10, 1000), (999, 10), (1000, 10, 1), (10_000,)])
def test_wrong_shape_is_refused(deployed, shape):
    with pytest.raises(ValueError, match=r"expected \(1000, 10\)"):
        contract.judge(np.zeros(shape), deployed[0])


def test_quantised_network_may_lose_what_was_stated(deployed):
    weights = deployed[0]
    logits = reference.logits(weights, IMAGES)
    rounded = np.round(logits)  # off, but nearly all answers stay
    assert not contract.judge(rounded, weights).holds
    assert contract.judge(rounded, weights, loses=0.05).holds
    wrong = rounded.copy()
    wrong[:200] = wrong[:200, ::-1]
    verdict = contract.judge(wrong, weights, loses=0.05)
    assert not verdict.holds and "of accuracy lost, 0.050 allowed" in verdict.why
