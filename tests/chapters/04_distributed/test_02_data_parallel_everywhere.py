"""Each mode of TensorFlow, JAX, Keras and MXNet equals one process, and each planted fault is caught."""
import json
import re

import numpy as np
import pytest
from strangers import unreachable

from onecnn import cells, ladder, launch, paths, spec, worker

WORKERS = paths.programs("04_distributed/02_data_parallel_everywhere")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("workers")


@pytest.fixture(autouse=True)
def closed_proxy(monkeypatch):
    """A proxy that nobody answers for: what runs on this machine must not be looked for behind it."""
    port, = launch.free_ports()
    for name in ("http_proxy", "https_proxy", "grpc_proxy", "all_proxy"):
        for case in (name, name.upper()):
            monkeypatch.setenv(case, f"http://127.0.0.1:{port}")
    for name in ("no_proxy", "NO_PROXY", "no_grpc_proxy"):
        monkeypatch.delenv(name, raising=False)


def start(folder, program, *arguments, envs=({},), kernel="python3", number="{}"):
    """What the processes printed last; process N writes its trainings to ``WORKER N-...`` in the folder."""
    commands = [[str(word).format(place) for word in (WORKERS / program, "--out", f"{folder}/{program}{number}", *arguments)]
                for place in range(len(envs))]
    ports = {int(port) for env in envs for port in re.findall(r"127\.0\.0\.1:(\d+)", env.get("TF_CONFIG", ""))}
    ports |= {int(env["DMLC_PS_ROOT_PORT"]) for env in envs if "DMLC_PS_ROOT_PORT" in env}
    try:
        with unreachable(ports):
            printed = launch.run(commands, list(envs), kernel=kernel, private=True)
    except cells.KernelMissing as reason:
        pytest.skip(str(reason))
    return [json.loads(text.splitlines()[-1]) for text in printed if text]


def tf_config(**jobs):
    ports = iter(launch.free_ports(sum(jobs.values())))
    cluster = {job: [f"127.0.0.1:{next(ports)}" for _ in range(count)] for job, count in jobs.items()}
    return [{"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": job, "index": index}})}
            for job, count in jobs.items() for index in range(count)]


def rung(file):
    return ladder.steps_rung(*worker.recorded(file))


def first_step(file):
    """How far the first step moved all weights."""
    weights = worker.recorded(file)[1][0]
    return np.linalg.norm(np.concatenate([np.ravel(weights[name] - value) for name, value in spec.initial_weights().items()]))


def assert_caught(wrong, right, times=None):
    assert rung(right).passed
    found = rung(wrong)
    assert not found.passed and max(found.measured.values()) > 100 * ladder.STEPS
    if times:
        assert first_step(wrong) / first_step(right) == pytest.approx(times, rel=1e-3)


def assert_cut(places, devices):
    """Every digit of the batch lay on one device, and on one only."""
    assert len(places) == devices
    assert sorted(row for rows in places.values() for row in rows) == list(range(spec.BATCH))


def test_tensorflow_mirrored(folder):
    (seen,) = start(folder, "tensorflow_mirrored.py", "--ways", "mean", "sum")
    assert_cut(seen["rows"], 2)
    assert len(seen["held"]) == 2
    assert_caught(folder / "tensorflow_mirrored.py0-sum.npz", folder / "tensorflow_mirrored.py0-mean.npz", times=2)


def test_tensorflow_in_two_processes(folder):
    one, other = start(folder, "tensorflow_mirrored.py", "--ways", "mean", "sum", envs=tf_config(worker=2))
    assert_cut(one["rows"] | other["rows"], 2)
    for place in (0, 1):
        file = folder / f"tensorflow_mirrored.py{place}"
        assert_caught(f"{file}-sum.npz", f"{file}-mean.npz", times=2)


def test_keras_fit_fails_in_two_processes_and_an_own_loop_works(folder):
    seen = start(folder, "keras_multiworker.py", envs=tf_config(worker=2))
    assert all(one["fit"].startswith("ValueError: Attempt to convert a value (PerReplica:") for one in seen)
    losses, weights = worker.recorded(folder / "keras_multiworker.py1.npz")
    assert ladder.steps_rung(losses, weights).passed
    assert not ladder.steps_rung([loss / 2 for loss in losses], weights).passed


def test_a_parameter_server_equals_one_process_only_where_it_waits(folder):
    (chief,) = start(folder, "tensorflow_parameter_server.py", envs=tf_config(chief=1, ps=1, worker=2), number="")
    assert [device.split("/")[1] for device in chief["held"]] == ["job:ps"]
    assert_caught(folder / "tensorflow_parameter_server.py-at_once.npz", folder / "tensorflow_parameter_server.py-in_turn.npz")
    assert any(written - read > 1 for read, written in chief["read and written"])


def test_jax_in_one_process(folder):
    (seen,) = start(folder, "jax_mesh.py", "--ways", "jit", "explicit", "shard_map", "mean_of_gradients", "no_mean", "refusal")
    assert_cut(seen["rows"], 4)
    assert len(seen["held"]) == 4
    file = f"{folder}/jax_mesh.py0"
    assert rung(f"{file}-jit.npz").passed and rung(f"{file}-explicit.npz").passed
    assert_caught(f"{file}-mean_of_gradients.npz", f"{file}-shard_map.npz", times=4)
    assert_caught(f"{file}-no_mean.npz", f"{file}-shard_map.npz")
    assert seen["explicit axes"].startswith("ShardingTypeError") and seen["auto axes"] == "shape (784, 784)"


NAMELESS = """
import ctypes, runpy, socket, sys
if sys.platform == "linux" and ctypes.CDLL(None).unshare(0x04000000) == 0:  # a host name of our own, where we may have one
    socket.sethostname("nowhere.invalid")
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.parametrize("fault", ["", "same_rows"])
def test_jax_in_two_processes(folder, fault):
    """Also on a machine whose name nobody can resolve."""
    port, = launch.free_ports()
    words = [WORKERS / "jax_processes.py", "--out", f"{folder}/jax_processes.py", "--port", port]
    words += ["--fault", fault] if fault else []
    commands = [["-c", NAMELESS, *words, "--process", place] for place in (0, 1)]
    seen = [json.loads(text.splitlines()[-1]) for text in launch.run(commands)]
    assert_cut(seen[0]["rows"], 2)
    for place in (0, 1):
        assert rung(folder / f"jax_processes.py-{place}.npz").passed is not bool(fault)


def test_keras_on_jax_and_a_forgotten_line_that_no_rung_can_see(folder):
    right, forgotten = start(folder, "keras_distribution.py", "--forget", "{}", envs=({}, {}))
    assert_cut(right["rows"], 4)
    assert rung(folder / "keras_distribution.py0-data_parallel.npz").passed
    assert rung(folder / "keras_distribution.py1-data_parallel.npz").passed
    assert len(right["held"]) == 4 and len(forgotten["held"]) == 1


def test_mxnet_in_one_process(folder):
    (seen,) = start(folder, "mxnet_kvstore.py", "--ways", "half_batch", "device", kernel="museum")
    assert_cut(seen["rows"], 2)
    assert_caught(folder / "mxnet_kvstore.py0-half_batch.npz", folder / "mxnet_kvstore.py0-device.npz", times=2)


@pytest.mark.parametrize("way", ["dist_sync", "half_dist"])
def test_mxnet_with_a_server(folder, way):
    port, = launch.free_ports()
    roles = ("scheduler", "server", "worker", "worker")
    envs = [{"DMLC_ROLE": role, "DMLC_PS_ROOT_URI": "127.0.0.1", "DMLC_PS_ROOT_PORT": str(port), "DMLC_NODE_HOST": "127.0.0.1",
             "DMLC_NUM_SERVER": "1", "DMLC_NUM_WORKER": "2"} for role in roles]
    one, other = start(folder, "mxnet_kvstore.py", "--ways", way, envs=envs, kernel="museum")
    assert_cut(one["rows"] | other["rows"], 2)
    assert "server" in one["held"]
    halves = [worker.recorded(folder / f"mxnet_kvstore.py{place}-{way}.npz") for place in (2, 3)]
    losses = np.mean([losses for losses, _ in halves], axis=0)
    for _, weights in halves:
        assert ladder.steps_rung(list(losses), weights).passed is (way == "dist_sync")
