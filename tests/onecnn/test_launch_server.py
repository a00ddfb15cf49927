"""launch.server: a server that answers is given, one that does not is explained, and none outlives its block."""
import http.server
import os
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from onecnn import launch

WEB = ["-m", "http.server", "{port}", "--bind", "127.0.0.1"]
# Starts a child in a session of its own, as servers with worker processes do, then serves.
WITH_CHILD = """
import http.server, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
pytestmark = pytest.mark.skipif(os.name != "posix", reason="reads the processes' environments")


def marked(mark):
    """The processes that a server started, itself included."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(launch.MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            pass
    return found


def test_answers_then_is_gone():
    with launch.server(WEB, "/") as server:
        assert urllib.request.urlopen(server.url, timeout=5).status == 200
        assert server.process.poll() is None and '"GET / HTTP/1.1" 200' in server.tail()
    assert server.process.poll() is not None and not marked(server.mark)
    with pytest.raises(OSError):
        urllib.request.urlopen(server.url, timeout=2)


def test_nobody_learns_the_mark_from_a_command_line():
    """All users can read those; who has the mark is taken for the server."""
    with launch.server(WEB, "/") as server:
        lines = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
        assert any(launch.GUARD[:40] in line for line in lines) and not [line for line in lines if server.mark in line]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can start another user's program")
def test_another_users_program_with_our_mark_is_not_our_server(monkeypatch):
    """Root can look into it, and finds the mark."""
    port, = launch.free_ports()
    mark = "f" * 32
    with subprocess.Popen([sys.executable, "-c", OTHER, str(port)], env={**os.environ, launch.MARK: mark},
                          stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout.readline() == b"ready\n"
            with subprocess.Popen([sys.executable, "-c", ""]) as ours, \
                    pytest.raises(launch.WorkerFailed, match="another program answers"):
                launch._held(port, mark, ours, Path(os.devnull))
        finally:
            other.kill()


def test_ends_its_children_even_after_an_error():
    with pytest.raises(ZeroDivisionError), launch.server(["-c", WITH_CHILD, "{port}"], "/") as server:
        assert len(marked(server.mark)) == 2
        raise ZeroDivisionError
    assert not marked(server.mark)


def test_says_why_it_did_not_start():
    refusal, reason = ["-c", "raise SystemExit('no model here')"], r"(?s)the server ended with exit code 1:.*no model here"
    with pytest.raises(launch.WorkerFailed, match=reason), launch.server(refusal, "/health"):
        pass


def test_waits_no_longer_than_told():
    start = time.monotonic()
    late = pytest.raises(launch.WorkerFailed, match="was not ready after 1 seconds")
    with late, launch.server(WEB, "/no-such-page", timeout=1):
        pass
    assert time.monotonic() - start < 10


def test_two_at_once_on_different_ports():
    with launch.server(WEB, "/") as first, launch.server(WEB, "/") as second:
        assert first.url != second.url


@pytest.fixture
def impostor():
    """The port of a program that was there before, and answers everything."""
    class Welcome(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Welcome) as there:
        threading.Thread(target=there.serve_forever, daemon=True).start()
        yield there.server_address[1]
        there.shutdown()


# A server that finds its port taken ends, or asks for it again and again, or listens elsewhere.
ELSEWHERE = "import http.server; http.server.HTTPServer(('127.0.0.1', 0), http.server.BaseHTTPRequestHandler).serve_forever()"


@pytest.mark.parametrize("command", [WEB, ["-c", "import time; time.sleep(60)"], ["-c", ELSEWHERE]],
                         ids=["ends", "waits", "listens elsewhere"])
def test_another_program_on_the_port_is_not_taken_for_the_server(impostor, command):
    refused = pytest.raises(launch.WorkerFailed, match=f"another program answers on port {impostor}, not the server that was")
    with refused, launch.server(command, "/", port=impostor):
        pytest.fail("the other program was taken for the server")


# The process that was started starts a worker in a session of its own, through one that ends at once, and stays.
REPARENTED = """
import os, subprocess, sys, time
work = "import http.server, sys; http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), http.server.SimpleHTTPRequestHandler)"
middle = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', *sys.argv[1:]], start_new_session=True)"
subprocess.run([sys.executable, "-c", middle, work + ".serve_forever()", sys.argv[1]])
time.sleep(60)
"""
# Writes over its environment, as servers do that change their title.
OTHER = """
import os, socket, sys, time
os.setuid(65534)
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
time.sleep(60)
"""
UNMARKED = """
import os, subprocess, sys
code = "import http.server, sys; http.server.HTTPServer(('0.0.0.0', int(sys.argv[1])), http.server.SimpleHTTPRequestHandler)"
subprocess.run([sys.executable, "-c", code + ".serve_forever()", sys.argv[1]], env={})
"""


@pytest.mark.parametrize("code", [REPARENTED, UNMARKED], ids=["re-parented", "without the mark"])
def test_workers_of_the_server_may_listen_for_it(code):
    with launch.server(["-c", code, "{port}"], "/") as server:
        assert urllib.request.urlopen(server.url, timeout=5).status == 200
    with pytest.raises(OSError):
        urllib.request.urlopen(server.url, timeout=2)


@pytest.mark.parametrize("seen", ["nothing", "refused", "missing"])
def test_where_nobody_may_look_a_server_is_believed(monkeypatch, seen):
    def look(process, kind):
        if seen == "nothing":
            return []
        raise psutil.AccessDenied(process.pid) if seen == "refused" else FileNotFoundError("/proc/net/tcp")

    monkeypatch.setattr(psutil.Process, "net_connections", look)
    with launch.server(WEB, "/") as server:
        assert server.process.poll() is None
