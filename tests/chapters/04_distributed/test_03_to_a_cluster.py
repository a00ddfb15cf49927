"""The manifest, the cost measurement, and Ray Train: what stands between a worker program and a cluster."""
import base64
import contextlib
import ipaddress
import json
import pickle
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import psutil
import pytest
import yaml
from manifests import validate

from onecnn import cells, ladder, launch, paths, worker

WORKERS = paths.programs("04_distributed/03_to_a_cluster")
MANIFEST = WORKERS / "torchrun-job.yaml"


def test_manifest_holds_against_the_schema():
    validate(MANIFEST.read_text())


@pytest.mark.parametrize(("old", "new", "why"), [("parallelism: 2", "parallelism: two", "'two' is not of type"),
                                                 ("completionMode", "completionmode", "'completionmode' was unexpected")])
def test_planted_mistakes_do_not(old, new, why):
    with pytest.raises(launch.WorkerFailed, match=f"refused: .*{why}"):
        validate(MANIFEST.read_text().replace(old, new))


def test_manifest_starts_a_program_that_is_there():
    service, _, claim, job = yaml.safe_load_all(MANIFEST.read_text())
    pod = job["spec"]["template"]["spec"]
    container, = pod["containers"]
    assert container["command"] == ["torchrun"]
    assert [word for word in container["args"] if word.endswith(".py") and (paths.ROOT / word).exists()]
    assert pod["subdomain"] == service["metadata"]["name"]
    assert service["spec"]["selector"] == {"batch.kubernetes.io/job-name": job["metadata"]["name"]}
    assert pod["volumes"][0]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]


def test_manifest_lets_nobody_in_and_gives_little_to_who_comes_in_all_the_same():
    """Whoever reaches the rendezvous runs code as the worker: from other pods, and what the worker may do."""
    _, policy, _, job = yaml.safe_load_all(MANIFEST.read_text())
    pods = {"podSelector": {"matchLabels": {"batch.kubernetes.io/job-name": job["metadata"]["name"]}}}
    assert policy["kind"] == "NetworkPolicy" and policy["spec"]["podSelector"] == pods["podSelector"]
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert policy["spec"]["ingress"] == [{"from": [pods]}]
    to, names = policy["spec"]["egress"]
    assert to == {"to": [pods]} and {port["port"] for port in names["ports"]} == {53}
    pod = job["spec"]["template"]["spec"]
    container, = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


class Hostile:
    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return type(self.file).touch, (self.file,)


RENDEZVOUS = """
import sys
from torch.distributed import FileStore
from torch.distributed.elastic.rendezvous.c10d_rendezvous_backend import C10dRendezvousBackend
from torch.distributed.elastic.rendezvous.dynamic_rendezvous import DynamicRendezvousHandler
store = FileStore(sys.argv[1])
store.set("torch.rendezvous.one-cnn", sys.argv[2])  # what a stranger does
handler = DynamicRendezvousHandler.from_backend("one-cnn", store, C10dRendezvousBackend(store, "one-cnn"), 1, 1)
handler.next_rendezvous()
"""


def test_who_sets_the_rendezvous_key_runs_code(tmp_path):
    """The notebook says so; when PyTorch mends it, the notebook's warning can be shorter."""
    state = base64.b64encode(pickle.dumps(Hostile(tmp_path / "here"))).decode()
    subprocess.run([sys.executable, "-c", RENDEZVOUS, str(tmp_path / "store"), state], capture_output=True, timeout=60)
    assert (tmp_path / "here").exists()


def test_cost_is_measured_for_each_configuration():
    port, = launch.free_ports()
    meet = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    command = [WORKERS / "pytorch_cost.py", "--processes", "1", "2", "--floats", "1000", "1000000", "--rounds", "2"]
    rows = json.loads(launch.run([command] * 2, [{"RANK": "0", **meet}, {"RANK": "1", **meet}], private=True)[0])
    assert [(row["processes"], row["floats"]) for row in rows] == [(1, 1000), (1, 1_000_000), (2, 1000), (2, 1_000_000)]
    assert all(0 < row["compute"] < 10 for row in rows)
    assert rows[0]["reduce"] < rows[2]["reduce"] < rows[3]["reduce"]


def listening(temporary):
    """Which of Ray's processes with this temporary folder accept connections elsewhere than on the loopback, and where.

    The workers' own are left out: PyTorch's store listens everywhere, whoever starts it. Such a process has the name of what
    it does just now: that of its class, or ``ray::execute`` and a function.
    """
    found = set()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = " ".join(process.cmdline())
            worker_of_train = "TrainWorker" in words or words.startswith("ray::execute")
            if (process.environ().get("TMPDIR") == temporary or temporary in words) and not worker_of_train:
                found |= {(words[:80], one.laddr.ip) for one in process.net_connections("tcp")
                          if one.status == psutil.CONN_LISTEN}
    return {(words, ip) for words, ip in found if not ipaddress.ip_address(ip.removeprefix("::ffff:")).is_loopback}


def test_ray_train_restarts_a_killed_worker_and_keeps_to_itself(tmp_path, monkeypatch):
    """Two real workers; one dies at step 8, Ray starts both again from the checkpoint of step 6.

    In the common network: what Ray opens and leaves there, it would open and leave where no private one can be had. And with a
    proxy that nobody answers for.
    """
    for name in ("http_proxy", "https_proxy", "grpc_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{launch.free_ports()[0]}")
    command = [WORKERS / "ray_train.py", "--folder", tmp_path, "--every", "6", "--kill", "1:8"]
    found, over = set(), threading.Event()
    with tempfile.TemporaryDirectory() as temporary:
        def watch():
            while not over.wait(2):
                found.update(listening(temporary))
                found.update(path.name for path in Path(temporary).glob("*") if path.stat().st_mode & 0o022)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            output, = launch.run([command], [{"TMPDIR": temporary}], timeout=300, kernel="deployment")
        except cells.KernelMissing as reason:
            pytest.skip(str(reason))
        finally:
            over.set()
            watcher.join()
        assert not list(Path(temporary).rglob("session_*")), "Ray's folder was left behind"
    assert not found, "open to others"
    assert json.loads(output.splitlines()[-1]) == {"workers": 2, "step": 10, "resumed_at": 6}
    assert ladder.steps_rung(*worker.recorded(tmp_path / "history.npz")).passed
