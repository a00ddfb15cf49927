"""A training on several "machines", killed and resumed: the same weights, every fault caught, and no process left behind."""
import contextlib
import json
import os
import random
import signal
import threading
import time

import psutil
import pytest

from onecnn import ladder, launch, paths, worker

WORKERS = paths.programs("04_distributed/03_to_a_cluster")
ELASTIC = WORKERS / "pytorch_elastic.py"


def running(word):
    return [process for process in psutil.process_iter(["cmdline"])
            if any(word in part for part in process.info["cmdline"] or [])]


def gone(word, seconds=10):
    """True as soon as no process has ``word`` on its command line."""
    end = time.monotonic() + seconds
    while running(word) and time.monotonic() < end:
        time.sleep(0.1)
    return not running(word)


def torchrun(folder, *arguments, machines=1, workers=1):
    """What the notebook's ``start`` does."""
    command = ["-m", "torch.distributed.run", f"--nnodes={machines}", f"--nproc-per-node={workers}", "--max-restarts=3",
               "--rdzv-backend=c10d", "--rdzv-id=test", f"--rdzv-endpoint={folder / 'meeting'}", "--rdzv-conf=store_type=file",
               "--local-addr=127.0.0.1", str(ELASTIC), "--folder", str(folder), *arguments]
    outputs = launch.run([command] * machines, [{"TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}] * machines, timeout=120,
                         private=True)
    return sorted((json.loads(line) for line in "".join(outputs).splitlines()), key=lambda report: report["rank"])


def by_hand(folder, count=2):
    port, = launch.free_ports()
    variables = [{"RANK": str(rank), "WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
                 for rank in range(count)]
    return launch.run([[ELASTIC, "--folder", folder, "--pause", "0.1"]] * count, variables, timeout=60, private=True)


def murder(word, delay):
    """Kills one of the workers ``delay`` seconds after the first one has started."""
    end = time.monotonic() + 20
    while not (found := running(word)) and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(delay)
    victim = random.choice(running(word) or found)
    with contextlib.suppress(ProcessLookupError):
        os.kill(victim.pid, signal.SIGKILL)


def test_two_machines_are_one_process(tmp_path):
    reports = torchrun(tmp_path, machines=2)
    assert [(report["rank"], report["node"], report["local_rank"], report["world"]) for report in reports] == [
        (0, 0, 0, 2), (1, 1, 0, 2)]
    assert ladder.steps_rung(*worker.recorded(tmp_path / "history.npz")).passed
    assert gone(str(tmp_path))


def test_a_killed_training_goes_on(tmp_path):
    reports = torchrun(tmp_path, "--kill", f"{random.randrange(2)}:8", workers=2)
    assert [(report["attempt"], report["resumed_at"]) for report in reports] == [(1, 6), (1, 6)]
    assert ladder.steps_rung(*worker.recorded(tmp_path / "history.npz")).passed
    assert gone(str(tmp_path))


@pytest.mark.parametrize(("fault", "resumed_at", "passes"), [
    ("no-checkpoint", 0, True), ("momentum", 6, False), ("order", 6, False)])
def test_what_a_checkpoint_lacks(tmp_path, fault, resumed_at, passes):
    """Without a checkpoint the result is right, and all work was in vain; the other two train on, and only the rung tells."""
    report, = torchrun(tmp_path, "--kill", "0:8", "--fault", fault)
    assert (report["attempt"], report["resumed_at"]) == (1, resumed_at)
    rung = ladder.steps_rung(*worker.recorded(tmp_path / "history.npz"))
    assert rung.passed is passes
    assert passes or "in the first 10 steps" in rung.message


def test_murders_leave_no_orphan(tmp_path):
    """One of two workers is killed: as soon as it starts, in its imports, when they meet, in its training."""
    ends = []
    for number, delay in enumerate((0, 0.4, 0.8, 1.2, 1.6, 2, 2.5, 3)):
        folder = tmp_path / f"run{number}"
        folder.mkdir()
        murderer = threading.Thread(target=murder, args=(str(folder), delay))
        murderer.start()
        try:
            by_hand(folder)
            ends.append("ended before")
        except launch.WorkerFailed as error:
            ends.append(str(error).splitlines()[0])
        murderer.join()
        assert gone(str(folder), 1), f"run {number}: a worker was left behind"
    assert any("exit code" in end for end in ends)


def test_workers_do_not_outlive_a_killed_torchrun(tmp_path):
    """torchrun gives each worker a session of its own: a launcher that kills process groups does not reach them."""
    def launcher():
        with contextlib.suppress(launch.WorkerFailed):
            torchrun(tmp_path, "--pause", "5", workers=2)

    agent = threading.Thread(target=launcher)
    agent.start()
    end = time.monotonic() + 30
    while len(running(str(tmp_path))) < 3 and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(random.uniform(0.3, 1.5))
    for process in running(str(tmp_path)):
        if "torch.distributed.run" in process.info["cmdline"]:
            process.kill()
    agent.join(60)
    assert gone(str(tmp_path))
