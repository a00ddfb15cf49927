"""Tensor, pipeline and hybrid parallel training equals one process, and each planted fault is caught by the rung ``steps``."""
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from onecnn import ladder, launch, paths, spec, worker

WORKERS = paths.programs("04_distributed/04_distributed_model")
TIMEOUT = 240


def run(folder, script, processes, *arguments):
    out = launch.torchrun(WORKERS / script, processes, folder, *arguments, timeout=TIMEOUT)
    return json.loads(out.splitlines()[-1])


def rung(*files):
    """The rung for what workers recorded."""
    return ladder.steps_rung(*worker.recorded(*files))


@pytest.fixture(scope="module")
def tensor(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tensor")
    return folder, run(folder, "pytorch_tensor.py", 2, "dtensor", "hand", "hand:bias", "hand:gradient")


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pipeline")
    return folder, run(folder, "pytorch_pipeline.py", 2, "gpipe", "1f1b", "gpipe:sum", "1f1b:late")


@pytest.fixture(scope="module")
def hybrid(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hybrid")
    return folder, run(folder, "pytorch_hybrid.py", 4, "single", "ddp", "fsdp", "tp", "hybrid")


@pytest.mark.parametrize("way", ["dtensor", "hand"])
def test_tensor_parallel_equals_one_process(tensor, way):
    folder, found = tensor
    assert rung(folder / f"{way}.npz").passed
    assert np.abs(np.array(found[way]["logits"]) - ladder.expected()["logits"]).max() <= ladder.LOGITS
    assert (found[way]["forward"], found[way]["step"]) == (1, 2)


@pytest.mark.parametrize("way", ["hand:bias", "hand:gradient"])
def test_a_faulty_tensor_parallel_layer_falls_at_the_rung_only(tensor, way):
    folder, found = tensor
    assert rung(folder / f"{way}.npz").passed is False
    assert np.abs(np.array(found[way]["logits"]) - ladder.expected()["logits"]).max() <= ladder.LOGITS


def test_each_rank_holds_half_of_the_dense_layers(tensor):
    for held in tensor[1]["dtensor"]["held"]:
        assert held["dense1.weight"] == [[32, 800], "S(0)"]
        assert held["dense2.weight"] == [[10, 32], "S(1)"]
        assert held["dense2.bias"] == [[10], "R"]


@pytest.mark.parametrize("way", ["gpipe", "1f1b"])
def test_pipeline_equals_one_process(pipeline, way):
    folder, _ = pipeline
    assert rung(folder / f"{way}.0.npz", folder / f"{way}.1.npz").passed


@pytest.mark.parametrize("way", ["gpipe:sum", "1f1b:late"])
def test_a_faulty_pipeline_falls_at_the_rung(pipeline, way):
    folder, _ = pipeline
    assert rung(folder / f"{way}.0.npz", folder / f"{way}.1.npz").passed is False


def test_late_weights_are_late(pipeline):
    """The fault is what it says: one batch late, in the first stage, and nothing else at first."""
    folder, truth = pipeline[0], ladder.expected()
    for rank, right in ((0, False), (1, True)):
        with np.load(folder / f"1f1b:late.{rank}.npz") as stored:
            for name in (key.split("/")[1] for key in stored.files if key.startswith("1/")):
                wanted = truth[f"step1/{name}"]
                assert bool(np.abs(stored[f"1/{name}"] - wanted).max() <= ladder.STEPS * np.abs(wanted).max()) is right


def test_kept_micro_batches(pipeline):
    kept = {way: [max(kept for *_, kept in rank["trace"]) for rank in ranks] for way, ranks in pipeline[1]["ways"].items()}
    assert kept["gpipe"] == [4, 4]
    assert kept["1f1b"] == [2, 1]


def test_a_stage_does_not_begin_before_the_other_has_ended(pipeline):
    for ranks in pipeline[1]["ways"].values():
        times = [{(kind, number): (begin, end) for kind, number, begin, end, _ in rank["trace"]} for rank in ranks]
        assert len(times[0]) == len(times[1]) == 8
        for number in range(4):
            assert times[1]["F", number][0] >= times[0]["F", number][1]
            assert times[0]["B", number][0] >= times[1]["B", number][1]


@pytest.mark.parametrize("way", ["single", "ddp", "fsdp", "tp", "hybrid"])
def test_a_mesh_of_four_equals_one_process(hybrid, way):
    assert rung(hybrid[0] / f"{way}.npz").passed


def test_every_element_is_held_and_most_are_held_once(hybrid):
    stored = []
    for rank in range(4):
        with np.load(hybrid[0] / f"addresses.{rank}.npz") as file:
            stored.append(dict(file))
    for name, shape in spec.SHAPES.items():
        copies = np.bincount(np.concatenate([one[name].ravel() for one in stored]), minlength=np.prod(shape))
        cut_twice = name in ("dense1.weight", "dense1.bias", "dense2.weight")
        assert len(copies) == np.prod(shape) and set(copies) == {1 if cut_twice else 2}


def test_memory_falls_as_promised(hybrid):
    most = {way: max(rank["parameters"] for rank in ranks) for way, ranks in hybrid[1].items()}
    assert most["single"] == most["ddp"] == 4 * spec.PARAMETERS
    assert most["fsdp"] < most["hybrid"] < most["tp"] < most["ddp"] / 3
    for ranks in hybrid[1].values():
        assert all(rank["parameters"] == rank["gradients"] == rank["momentum"] for rank in ranks)


def test_the_same_file_runs_on_two_machines(tmp_path):
    """Two agents of torchrun that meet at an address, as on two machines; here both are this one."""
    port, = launch.free_ports()
    agent = ["-m", "torch.distributed.run", "--nnodes=2", "--nproc-per-node=1", "--rdzv-backend=c10d", "--rdzv-id=course",
             f"--rdzv-endpoint=127.0.0.1:{port}", "--local-addr=127.0.0.1", WORKERS / "pytorch_tensor.py", tmp_path, "dtensor"]
    outputs = launch.run([agent, agent], timeout=TIMEOUT, private=True)
    assert sum(bool(out.strip()) for out in outputs) == 1, "one rank reports"
    assert rung(tmp_path / "dtensor.npz").passed


KERAS = """
import json, sys
from onecnn import lesson; lesson.start()
import jax
jax.config.update("jax_num_cpu_devices", 4)
from onecnn import cells, ladder, spec, worker
keras_cnn = cells.functions("02_frameworks/03_keras")
keras, found = keras_cnn.keras, {}
mesh = keras.distribution.DeviceMesh((2, 2), ["data", "tensor"], keras.distribution.list_devices("cpu"))
layouts = keras.distribution.LayoutMap(mesh)
layouts[sys.argv[1]] = (None, "tensor")
keras.distribution.set_distribution(keras.distribution.ModelParallel(layout_map=layouts, batch_dim_name="data"))
model = keras_cnn.build(spec.initial_weights())
steps = [(float(keras_cnn.train_step(model, *batch)), keras_cnn.read_weights(model)) for batch in worker.batches()]
kernel = model.layers[-2].kernel.value
print(json.dumps({"passed": ladder.steps_rung(*map(list, zip(*steps))).passed, "spec": str(kernel.sharding.spec),
                  "share": kernel.addressable_shards[0].data.nbytes / kernel.nbytes}))
"""


@pytest.mark.parametrize("key, share", [(".*dense/kernel", 0.5), ("dense/kernel", 1.0)])
def test_keras_layout_that_matches_nothing_is_seen_in_memory_not_by_the_rung(key, share):
    env = {**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": str(paths.ROOT)}
    done = subprocess.run([sys.executable, "-c", KERAS, key], env=env, capture_output=True, text=True,
                          timeout=TIMEOUT)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["passed"]
    assert found["share"] == share
    assert ("tensor" in found["spec"]) is (share < 1)
