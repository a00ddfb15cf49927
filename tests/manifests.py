"""Kubernetes manifests against the schema, in the environment that has it."""
import pytest

from onecnn import cells, launch

VALIDATE = """
import json, sys, yaml, kubernetes_validate as k8s
for document in yaml.safe_load_all(sys.argv[1]):
    try:
        k8s.validate(document, k8s.latest_version(), True)
    except k8s.ValidationError as error:
        sys.exit("refused: " + error.message)
"""


def validate(text):
    """Raises :class:`onecnn.launch.WorkerFailed` with the schema's words; skips where the kernel is missing."""
    try:
        launch.run([["-c", VALIDATE, text]], kernel="deployment")
    except cells.KernelMissing as reason:
        pytest.skip(str(reason))
