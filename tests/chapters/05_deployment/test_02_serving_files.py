"""What a container and a cluster need of the service: its packages, the Dockerfile, the manifests."""
import re
import sys

import pytest
import yaml
from manifests import validate

from onecnn import cells, launch, paths

SERVICE = paths.programs("05_deployment/02_serving")


def pinned(file):
    return dict(re.findall(r"^([\w-]+)==([\w.]+)", file.read_text(), re.MULTILINE))


def test_requirements_are_the_course_s_and_complete():
    pins, course = pinned(SERVICE / "requirements.txt"), pinned(paths.ROOT / "requirements" / "deployment.txt")
    assert pins == {name: course[name] for name in pins}
    service = [file for file in SERVICE.glob("*.py") if file.name in (SERVICE / "Dockerfile").read_text()]
    text = "\n".join(file.read_text() for file in service)
    imported = set(re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE)) - set(sys.stdlib_module_names)
    assert len(service) == 3
    # Starlette comes with FastAPI; nobody imports uvicorn, it imports the service.
    foreign = imported - {file.stem for file in service} - {"starlette"} | {"uvicorn"}
    assert foreign == {name.replace("-", "_") for name in pins}


HADOLINT = "import subprocess, sys\nfrom pathlib import Path\nprint(subprocess.run([Path(sys.prefix, 'bin', 'hadolint'), " \
           "sys.argv[1]], capture_output=True, text=True).stdout)"


def lint(file):
    try:
        return launch.run([["-c", HADOLINT, file]], kernel="deployment")[0].strip()
    except cells.KernelMissing as reason:
        pytest.skip(str(reason))


def test_dockerfile(tmp_path):
    assert lint(SERVICE / "Dockerfile") == ""
    bad = tmp_path / "Dockerfile"
    bad.write_text((SERVICE / "Dockerfile").read_text().replace("USER 10001", "USER root"))
    assert "DL3002" in lint(bad)


def test_manifest():
    text = (SERVICE / "kubernetes.yaml").read_text()
    validate(text)
    with pytest.raises(launch.WorkerFailed, match=r"refused: .*'two'"):
        validate(text.replace("replicas: 2", "replicas: two"))
    deployment, service, scaler = yaml.safe_load_all(text)
    container, = deployment["spec"]["template"]["spec"]["containers"]
    assert service["spec"]["selector"].items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
    assert scaler["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    assert "cpu" in container["resources"]["requests"]
    assert container["livenessProbe"]["httpGet"] != container["readinessProbe"]["httpGet"]
    assert f"--port\", \"{container['ports'][0]['containerPort']}\"" in (SERVICE / "Dockerfile").read_text()


def test_whoever_breaks_into_the_pod_finds_little():
    pod = next(yaml.safe_load_all((SERVICE / "kubernetes.yaml").read_text()))["spec"]["template"]["spec"]
    container, = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {"readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False,
                                            "capabilities": {"drop": ["ALL"]}}
    assert {"name": "HOSTS", "value": "*"} in container["env"], "probes ask by the pod's address"


def test_a_pod_that_ends_has_time_for_its_requests():
    """It goes on until nobody sends more, then answers those it has; Kubernetes kills after 30 seconds."""
    pod = next(yaml.safe_load_all((SERVICE / "kubernetes.yaml").read_text()))["spec"]["template"]["spec"]
    words = dict(re.findall(r"(UVICORN_\w+)=(\w+)", (SERVICE / "Dockerfile").read_text()))
    wait = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert wait > 0 and wait + int(words["UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN"]) < pod.get("terminationGracePeriodSeconds", 30)
