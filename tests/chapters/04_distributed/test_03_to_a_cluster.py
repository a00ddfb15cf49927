"""The manifest, the cost measurement, and Ray Train: what stands between a worker program and a cluster."""
import json

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


def test_cost_is_measured_for_each_configuration():
    port, = launch.free_ports()
    meet = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    command = [WORKERS / "pytorch_cost.py", "--processes", "1", "2", "--floats", "1000", "1000000", "--rounds", "2"]
    rows = json.loads(launch.run([command] * 2, [{"RANK": "0", **meet}, {"RANK": "1", **meet}])[0])
    assert [(row["processes"], row["floats"]) for row in rows] == [(1, 1000), (1, 1_000_000), (2, 1000), (2, 1_000_000)]
    assert all(0 < row["compute"] < 10 for row in rows)
    assert rows[0]["reduce"] < rows[2]["reduce"] < rows[3]["reduce"]


def test_ray_train_restarts_a_killed_worker(tmp_path):
    """Two real workers; one dies at step 8, Ray starts both again from the checkpoint of step 6."""
    command = [WORKERS / "ray_train.py", "--folder", tmp_path, "--every", "6", "--kill", "1:8"]
    try:
        output, = launch.run([command], timeout=300, kernel="deployment")
    except cells.KernelMissing as reason:
        pytest.skip(str(reason))
    assert json.loads(output.splitlines()[-1]) == {"workers": 2, "step": 10, "resumed_at": 6}
    assert ladder.steps_rung(*worker.recorded(tmp_path / "history.npz")).passed
