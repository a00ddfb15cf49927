"""The kernels' sockets: another user of the machine, who can reach every port of loopback, reads no cell."""
import contextlib
import json
import os
import queue
import re
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbclient
import nbformat
import pytest
import zmq
from jupyter_client.manager import KernelManager
from traitlets.config import Config

import course
from tools import environments, kernels, steps

ENCRYPTED = [environment for environment in environments.ENVIRONMENTS if environment is not environments.CAFFE]
SECRET = "secret of this cell"


@contextlib.contextmanager
def started(environment, policy):
    """A kernel's manager and a client that is ready."""
    if not environments.is_made(environment):
        pytest.skip(f"the kernel {environment.kernel} is missing")
    manager = KernelManager(kernel_name=environment.kernel, transport_encryption=policy)
    manager.start_kernel(stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def heard_by_a_stranger(manager, client):
    """What somebody without the connection file reads while a cell runs; what its owner does."""
    with zmq.Context() as context, context.socket(zmq.SUB) as stranger:
        stranger.linger = 0
        stranger.connect(f"tcp://127.0.0.1:{manager.iopub_port}")
        stranger.subscribe(b"")
        time.sleep(1)  # a subscription takes a moment
        client.execute(f"print({SECRET!r})")
        owner, stranger_heard = "", b""
        with contextlib.suppress(queue.Empty):
            while SECRET not in owner:
                owner += str(client.get_iopub_msg(timeout=20)["content"])
        while stranger.poll(1000):
            stranger_heard += b"".join(stranger.recv_multipart())
        return stranger_heard, owner


@pytest.mark.slow(reason="starts every kernel")
@pytest.mark.parametrize("environment", ENCRYPTED, ids=lambda environment: environment.kernel)
def test_a_stranger_without_the_key_reads_nothing(environment):
    with started(environment, "auto") as (manager, client):
        stranger, owner = heard_by_a_stranger(manager, client)
    assert SECRET in owner and stranger == b""


@pytest.mark.slow(reason="starts a kernel")
def test_without_encryption_a_stranger_does():
    """So it is for Caffe's kernel, whose ipykernel is of 2025, and where Jupyter is started in another way."""
    with started(environments.COURSE, "disabled") as (manager, client):
        stranger, owner = heard_by_a_stranger(manager, client)
    assert SECRET in owner and SECRET.encode() in stranger


@pytest.mark.slow(reason="starts every kernel")
@pytest.mark.parametrize("environment", environments.ENVIRONMENTS, ids=lambda environment: environment.kernel)
@pytest.mark.parametrize("policy", ["auto", "disabled"])
def test_a_notebook_runs_in_every_kernel(environment, policy, tmp_path):
    if not environments.is_made(environment):
        pytest.skip(f"the kernel {environment.kernel} is missing")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("6 * 7")])
    nbclient.NotebookClient(notebook, kernel_name=environment.kernel, timeout=60,
                            config=Config({"KernelManager": {"transport_encryption": policy}}),
                            resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert notebook.cells[0].outputs[0]["data"]["text/plain"] == "42"


def test_tests_encrypt():
    assert KernelManager().transport_encryption == "auto"


def test_the_kernels_say_what_they_can():
    for environment in filter(environments.is_made, environments.ENVIRONMENTS):
        metadata = json.loads(kernels.kernel_file(environment).read_text(encoding="utf-8"))["metadata"]
        assert metadata.get("supported_encryption") == (["curve"] if environment in ENCRYPTED else None)


@pytest.mark.slow(reason="starts JupyterLab")
@pytest.mark.skipif(os.name != "posix", reason="stopped by a signal")
def test_jupyterlab_gives_its_kernels_keys_and_asks_for_a_token(tmp_path, monkeypatch):
    """With the very command of ``course.py lab``; with a proxy that Python cannot use, and settings that let everybody in."""
    asked = []
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    (tmp_path / "CONFIG").mkdir()
    (tmp_path / "CONFIG" / "jupyter_server_config.py").write_text(
        "c.ServerApp.token = c.ServerApp.password = ''\nc.ServerApp.disable_check_xsrf = True\n")
    monkeypatch.setattr(course, "run", lambda command, env: asked.append(command))
    course.lab(course.parser().parse_args(["lab", "--no-browser"]), [])
    for name in ("RUNTIME", "CONFIG", "DATA"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name))
    process = subprocess.Popen(asked[0], stderr=subprocess.PIPE, text=True, env=steps.clean_environ(), cwd=course.ROOT)
    try:
        address, token = next(found for found in (
            re.search(r"(http://127\.0\.0\.1:\d+)/\S*\?token=(\w+)", line) for line in process.stderr) if found).groups()
        headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{address}/api/kernels", b'{"name": "python3"}', headers)
        number, end = None, time.monotonic() + 30
        while not number:  # the line comes before the port is open
            try:
                with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
                    number = json.loads(answer.read())["id"]
            except OSError:
                assert time.monotonic() < end
                time.sleep(0.2)
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{address}/api/contents", timeout=30)
        connection = Path(tmp_path, "RUNTIME", f"kernel-{number}.json")
        assert "curve_secretkey" in json.loads(connection.read_text()) and connection.stat().st_mode & 0o077 == 0
    finally:
        process.terminate()
        process.communicate(timeout=30)
