"""Starts each server of this folder on the loopback, and measures it: memory of all its processes,
and locust's load."""
import ast
import contextlib
import json
import time
from pathlib import Path

import clients
import psutil

from onecnn import launch, mnist, paths

HERE = Path(__file__).resolve().parent
SERVICE = paths.programs("05_deployment/02_serving")
KERNEL = "deployment"
PROGRAMS = {"FastAPI": [SERVICE / "app.py", SERVICE / "engine.py", SERVICE / "protocol.py"],
            "TorchServe": [HERE / "torchserve_handler.py", HERE / "torchserve_start.py"],
            "KServe": [HERE / "kserve_digits.py"], "LitServe": [HERE / "litserve_digits.py"],
            "Ray Serve": [HERE / "ray_serve_digits.py"]}
# TorchServe's /ping asks for a key, which is not there before the server is
READY = {"FastAPI": "/v2/health/ready", "TorchServe": "/api-description",
         "KServe": "/v2/models/digits/ready", "LitServe": "/health", "Ray Serve": "/-/healthz"}


def prepare(folder, *more):
    """Writes all that is deployed below ``folder``; two processes at once, about 10 seconds."""
    kinds = ("onnx", *more, "torchserve"), ("savedmodel",)
    launch.run([[HERE / "prepare.py", folder, *what] for what in kinds], timeout=240, kernel=KERNEL)


@contextlib.contextmanager
def start(name, folder, *options, model="digits", **env):
    """The server ``name`` with what ``prepare`` wrote, as :func:`onecnn.launch.server`. Requests
    that go there through ``clients`` carry its key, if it has one."""
    words = {"FastAPI": ["-m", "uvicorn", "app:app", "--app-dir", SERVICE, "--host", "127.0.0.1",
                         "--port", "{port}", "--log-level", "warning"],
             "TorchServe": [HERE / "torchserve_start.py", folder / "torchserve", "--port",
                            "{port}"],
             "KServe": [HERE / "kserve_digits.py", folder / "savedmodel", "--http_port", "{port}"],
             "LitServe": [HERE / "litserve_digits.py", "--port", "{port}"],
             "Ray Serve": [HERE / "ray_serve_digits.py", "--port", "{port}"]}[name]
    env = {"MODEL": str(folder / "onnx" / f"{model}.onnx"), **env}
    with launch.server([*words, *options], READY[name], env, timeout=120, kernel=KERNEL) as server:
        if name == "TorchServe":
            keys = (folder / "torchserve" / "key_file.json").read_text(encoding="utf-8")
            clients.TOKENS[server.url] = json.loads(keys)["inference"]["key"]
        yield server


def processes(mark):
    """All living processes with the server's mark: what it started, and what that started."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if (process.environ().get(launch.MARK) == mark
                and process.status() != psutil.STATUS_ZOMBIE):
                found.append(process)
    return found


def megabytes(mark):
    """Memory of all its processes: proportional shares (PSS) where the system tells, else resident
    sizes."""
    total = 0
    for process in processes(mark):
        with contextlib.suppress(psutil.Error):
            total += getattr(process.memory_full_info(), "pss", 0) or process.memory_info().rss
    return total / 1e6


def load(name, url, users=8, seconds=60, answers=0):
    """Locust's verdict: ``users`` callers, each asks for one digit as soon as its last answer is
    there.

    For so many seconds, or until so many answers have come.
    """
    command = ["-m", "locust", "-f", HERE / "load_servers.py", "--headless", "--users",
               users, "--spawn-rate", users, "--run-time", f"{seconds}s", "--host", url, "--json",
               "--loglevel", "ERROR"]
    env = {"SERVER": name, "ANSWERS": str(answers), "HEADERS": json.dumps(clients.headers(url))}
    output, = launch.run([command], [env], timeout=seconds + 60, kernel=KERNEL)
    found, = json.loads(output[output.index("["):])
    times = sorted((float(ms), count) for ms, count in found["response_times"].items())
    seconds = found["last_request_timestamp"] - found["start_time"]
    return {"users": users, "answers": found["num_requests"], "failures": found["num_failures"],
            "p50_ms": percentile(times, 0.5), "p99_ms": percentile(times, 0.99),
            "per_second": found["num_requests"] / seconds}


def percentile(times, share):
    """The time below which ``share`` of the answers came, from sorted ``(ms, count)`` pairs."""
    wanted, seen = share * sum(count for _, count in times), 0
    for ms, count in times:
        seen += count
        if seen >= wanted:
            return ms
    raise ValueError("no answers")


@contextlib.contextmanager
def timed(name, folder, *options, **env):
    """As :func:`start`, but gives
    ``(server, seconds until it says ready, seconds until it has answered for one digit)``."""
    begin, digit = time.perf_counter(), mnist.load().test_images[:1]
    with start(name, folder, *options, **env) as server:
        ready = time.perf_counter() - begin
        clients.ask(name, server.url, digit)
        yield server, ready, time.perf_counter() - begin


def listening(mark):
    """The addresses on which the server's processes listen for TCP."""
    found = set()
    for process in processes(mark):
        with contextlib.suppress(psutil.Error):
            connections = (process.net_connections if hasattr(process, "net_connections")
                           else process.connections)  # psutil 5
            found |= {connection.laddr.ip for connection in connections("tcp")
                      if connection.status == psutil.CONN_LISTEN}
    # Java writes 127.0.0.1 as an IPv6 address
    return {address.replace("::ffff:", "") for address in found}


def own_lines(name):
    """Lines that you write for it: no blank ones, no comments, no docstrings; the common
    ``checking.py`` is left out."""
    return sum(_lines(ast.parse(file.read_text(encoding="utf-8"))) for file in PROGRAMS[name])


def _lines(tree):
    documented = ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return sum(bool(line.strip()) for line in ast.unparse(tree).splitlines())
