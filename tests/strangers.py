"""Somebody else on this machine, who tries the ports that workers open."""
import contextlib
import socket
import subprocess
import sys
import threading

from onecnn import launch


@contextlib.contextmanager
def unreachable(ports):
    """Fails if a stranger was let in at one of the ports meanwhile, where the system gives workers a network of their own."""
    reached, over = set(), threading.Event()

    def knock():
        while not over.wait(0.1):
            for port in ports:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    reached.add(port)

    stranger = threading.Thread(target=knock)
    stranger.start()
    try:
        yield
    finally:
        over.set()
        stranger.join()
    if subprocess.run([sys.executable, "-c", launch.APART], capture_output=True).stdout.strip():
        assert not reached, f"a stranger reached {reached} of {ports}"
