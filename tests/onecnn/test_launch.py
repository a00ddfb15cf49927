"""``onecnn.launch``: real processes, and none of them left behind."""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
import pytest

from onecnn import launch, paths

MARK = "onecnn-launch-test"  # on the command line of every process that a test starts


def marked(name):
    return [process for process in psutil.process_iter(["cmdline"]) if name in (process.info["cmdline"] or [])]


@pytest.fixture
def name(request):
    name = f"{MARK}-{os.getpid()}-{request.node.name}"
    yield name
    assert not marked(name), "a worker was left behind"


def worker(name, code):
    return ["-c", f"import sys, time, subprocess\n{code}", name]


def test_workers_run_at_the_same_time_and_their_output_comes_back_in_order(name):
    """Each waits for a message of the other."""
    port, = launch.free_ports()
    server = (f"import socket; s = socket.create_server(('127.0.0.1', {port})); c, _ = s.accept(); print(c.recv(9).decode())")
    client = f"""
import socket
for attempt in range(200):
    try:
        socket.create_connection(('127.0.0.1', {port})).sendall(b'hello')
        break
    except ConnectionRefusedError:
        time.sleep(0.05)
print("sent")
"""
    assert launch.run([worker(name, server), worker(name, client)]) == ["hello\n", "sent\n"]


def test_a_worker_that_dies_ends_the_others_at_once_and_says_why(name):
    start = time.monotonic()
    with pytest.raises(launch.WorkerFailed, match=r"worker 1 of 2 ended with exit code 1, .*\n(.*\n)*ValueError: no digits"):
        launch.run([worker(name, "time.sleep(60)"), worker(name, "raise ValueError('no digits')")])
    assert time.monotonic() - start < 20


def test_the_last_one_to_end_may_also_be_the_one_that_fails(name):
    with pytest.raises(launch.WorkerFailed, match="worker 0 of 2 ended with exit code 3"):
        launch.run([worker(name, "time.sleep(0.5); sys.exit(3)"), worker(name, "")])


def test_a_worker_of_torchrun_says_why_it_died(name, tmp_path):
    file = tmp_path / "worker.py"
    file.write_text("import os\nif os.environ['RANK'] == '1':\n    raise ValueError('no digits')\nimport time; time.sleep(60)")
    with pytest.raises(launch.WorkerFailed, match=r"exit code 1:\n(.*\n)*ValueError: no digits$"):
        launch.torchrun(file, 2, name)


def test_too_late(name):
    with pytest.raises(launch.WorkerFailed, match=r"worker 1 of 2 took more than 1 seconds"):
        launch.run([worker(name, ""), worker(name, "time.sleep(60)")], timeout=1)


def test_children_of_a_worker_end_with_it(name):
    child = f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)', {name!r}])"
    assert launch.run([worker(name, child)]) == [""]


@pytest.mark.slow(reason="torchrun takes its seconds to start")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["interrupted", "killed"])
@pytest.mark.parametrize("start", ["launch.run([[FILE, NAME]] * 2)", "launch.torchrun(FILE, 2, NAME)"],
                         ids=["run", "torchrun"])
def test_nothing_outlives_the_launcher(name, how, start, tmp_path):
    """``torchrun`` puts each worker into a session of its own, so killing its process group would not reach them."""
    file = tmp_path / "worker.py"
    file.write_text("import time; time.sleep(60)")
    code = f"from onecnn import launch\nFILE, NAME = {str(file)!r}, {name!r}\n{start}"
    launcher = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(paths.ROOT)},
                                stderr=subprocess.DEVNULL)
    deadline, all_there = time.monotonic() + 60, 3 if "torchrun" in start else 2
    while len(marked(name)) < all_there and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(marked(name)) == all_there
    launcher.send_signal(how)
    launcher.wait(20)
    deadline = time.monotonic() + 10
    while marked(name) and time.monotonic() < deadline:
        time.sleep(0.05)


def test_each_worker_has_its_own_variables(name):
    show = worker(name, "import os; print(os.environ['RANK'], os.environ.get('OMP_NUM_THREADS'))")
    assert launch.run([show, show], [{"RANK": "0"}, {"RANK": "1", "OMP_NUM_THREADS": None}]) == ["0 1\n", "1 None\n"]


def test_free_ports_are_different_and_free():
    ports = launch.free_ports(5)
    assert len(set(ports)) == 5
    for port in ports:
        with socket.socket() as found:
            found.bind(("127.0.0.1", port))


def test_private_workers_reach_each_other_and_nobody_else_reaches_them(name, tmp_path):
    if not subprocess.run([sys.executable, "-c", launch.APART], capture_output=True).stdout.strip():
        pytest.skip("this system gives nobody a network of his own")
    port, = launch.free_ports()
    listens, tried, heard = tmp_path / "listens", tmp_path / "tried", []
    server = f"""
import pathlib, socket
with socket.create_server(("0.0.0.0", {port})) as everywhere:
    pathlib.Path({str(listens)!r}).touch()
    print(everywhere.accept()[0].recv(9).decode(), socket.gethostbyname(socket.gethostname()))
"""
    client = f"""
import pathlib, socket
while not pathlib.Path({str(tried)!r}).exists():
    time.sleep(0.05)
socket.create_connection(("127.0.0.1", {port})).sendall(b"hello")
"""
    workers = [worker(name, server), worker(name, client)]
    launcher = threading.Thread(target=lambda: heard.extend(launch.run(workers, timeout=30, private=True)))
    launcher.start()
    while launcher.is_alive() and not listens.exists():
        time.sleep(0.05)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)
    tried.touch()
    launcher.join()
    assert heard == ["hello 127.0.0.1\n", ""]


@pytest.mark.parametrize("apart", ["print(flush=True)", "raise SystemExit", "print('user net uts', flush=True)"],
                         ids=["no", "no answer", "and joining fails"])
def test_where_the_system_forbids_a_network_private_workers_use_the_common_one(name, monkeypatch, apart):
    monkeypatch.setattr(launch, "APART", apart + "\n")
    show = worker(name, "import socket; print(socket.if_nameindex())")
    assert launch.run([show], private=True) == [f"{socket.if_nameindex()}\n"]


def test_a_guard_that_has_ended_before_it_is_told_is_no_guard(name, monkeypatch):
    def late(*arguments, popen=subprocess.Popen, **options):
        process = popen(*arguments, **options)
        if options["stdin"] == subprocess.PIPE:
            process.wait()
        return process

    monkeypatch.setattr(launch, "APART", "raise SystemExit\n")
    monkeypatch.setattr(launch.subprocess, "Popen", late)
    assert launch.run([worker(name, "print('here')")], private=True) == ["here\n"]


def test_private_workers_leave_no_temporary_files(name):
    keep = worker(name, "import tempfile; print(tempfile.mkdtemp())")
    made, = launch.run([keep], private=True)
    assert made.startswith(tempfile.gettempdir()) and not Path(made.strip()).exists()


def test_children_of_a_private_worker_end_with_it(name):
    child = f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)', {name!r}], start_new_session=True)"
    assert launch.run([worker(name, child)], private=True) == [""]
