"""launch.server: a server that answers is given, one that does not is explained, and none outlives its block."""
import os
import time
import urllib.request

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
