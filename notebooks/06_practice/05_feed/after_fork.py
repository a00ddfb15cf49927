"""What a forked child shares with its parent. Prints JSON. A process of its own, without a
framework: a fork copies whatever is there."""
import json
import os
import sys
import tempfile
import threading


def in_child(task):
    """Forks; the child runs ``task`` and answers a number."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, str(task()).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    return int(os.read(reading, 100))


def main():
    if not hasattr(os, "fork"):
        return {}
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(bytes(1000))
        file.seek(0)
        in_child(lambda: file.seek(784))
        position = file.tell()
    numbers = [1]
    in_child(lambda: numbers.append(2) or 0)
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    alive = threading.active_count(), in_child(threading.active_count)
    done.set()
    thread.join()
    return {"position": position, "list": len(numbers), "threads": alive}


if __name__ == "__main__":
    json.dump(main(), sys.stdout)
