"""The kernels as set-up registers them."""
import json
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.manager import start_new_kernel

from onecnn import paths
from tools import environments


@pytest.mark.slow(reason="starts each kernel")
@pytest.mark.parametrize("name", [environment.kernel for environment in environments.ENVIRONMENTS])
def test_a_notebook_that_is_opened_stays_unchanged(name):
    """JupyterLab writes what a kernel says of its language, and of itself, into the notebook, and marks it if that is new."""
    try:
        spec = KernelSpecManager().get_kernel_spec(name)
    except NoSuchKernel:
        pytest.skip(f"no kernel {name} here: python3 course.py check says why")
    manager, client = start_new_kernel(kernel_name=name)
    try:
        said = client.kernel_info(reply=True, timeout=60)["content"]["language_info"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    stored = [json.loads(file.read_text(encoding="utf-8"))["metadata"]
              for file in Path(paths.ROOT, "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in file.parts]
    own = [metadata for metadata in stored if metadata["kernelspec"]["name"] == name]
    assert own, "no notebook has this kernel"
    for metadata in own:
        assert metadata["language_info"] == said
        assert metadata["kernelspec"] == {"name": name, "display_name": spec.display_name, "language": spec.language}
