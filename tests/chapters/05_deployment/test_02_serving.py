"""The service of the chapter on serving: the contract over HTTP, bad requests, reload, and that planted faults are caught."""
import concurrent.futures
import contextlib
import gzip
import hashlib
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
import yaml

from onecnn import cells, contract, launch, mnist, onnx_file, paths, spec, trained

SERVICE = paths.programs("05_deployment/02_serving")
client = cells.program("05_deployment/02_serving/client")
FORMS, INFER, PREDICT, Client, v2_pixels = client.FORMS, client.INFER, client.PREDICT, client.Client, client.v2_pixels

IMAGES = mnist.load().test_images
GOOD = IMAGES[:1].tolist()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The network as it was trained, and as it was before."""
    folder = tmp_path_factory.mktemp("models")
    onnx_file.write_onnx(trained.weights("pytorch"), folder / "digits.onnx")
    onnx_file.write_onnx(spec.initial_weights(), folder / "stale.onnx")
    return folder


def serve(model, folder=SERVICE, ready="/v2/health/ready", **variables):
    try:
        cells.interpreter("deployment")
    except cells.KernelMissing as reason:
        pytest.skip(str(reason))
    command = ["-m", "uvicorn", "app:app", "--app-dir", folder, "--host", "127.0.0.1", "--port", "{port}"]
    variables = {"MODEL": str(model), "PYTHONDONTWRITEBYTECODE": "1", **variables}
    return launch.server(command, ready, variables, kernel="deployment")


@pytest.fixture(scope="module")
def server(files):
    with serve(files / "digits.onnx") as running:
        yield running


@pytest.fixture
def client(server):
    with Client(server.url) as found:
        yield found


def verdict(client, form="V2, pixel bytes", **options):
    return contract.judge(client.logits(IMAGES, FORMS[form], **options), trained.weights("pytorch"))


def copy_with(folder, file, old, new):
    shutil.copytree(SERVICE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    text = (folder / file).read_text()
    assert text.count(old) == 1
    (folder / file).write_text(text.replace(old, new))
    return folder


def at_once(tasks):
    """Calls all, each in a thread of its own; gives their results."""
    with concurrent.futures.ThreadPoolExecutor(len(tasks)) as pool:
        return [future.result(60) for future in [pool.submit(task) for task in tasks]]


def logits(url, images, **options):
    with Client(url) as client:
        return client.logits(images, v2_pixels, **options)


def metrics(server):
    """Where the monitor asks, as the log tells."""
    return re.search(r"Metrics on (\S+)/metrics", server.log.read_text())[1]


def metric(server, line):
    with Client(metrics(server)) as monitor:
        found = re.search(rf"^{re.escape(line)} (\S+)", monitor.send("GET", "/metrics").content, re.MULTILINE)
    return float(found[1]) if found else 0


@pytest.mark.parametrize("form", FORMS)
def test_contract_holds_in_every_form(client, form):
    assert str(verdict(client, form)) == "holds"


def test_contract_holds_one_by_one(client):
    assert str(verdict(client, batch=1)) == "holds"


def test_requests_that_run_together_get_their_own_answers(files):
    """Eight clients, digits in different orders and numbers, and a time to be collected in that no machine is too slow for."""
    with serve(files / "digits.onnx", WAIT_MS="30") as running, Client(running.url) as client:
        wanted = client.logits(IMAGES, v2_pixels)
        before = metric(running, "digits_batch_size_count")
        found = at_once([partial(logits, running.url, IMAGES[number::8], batch=1 + number % 3) for number in range(8)])
        runs = metric(running, "digits_batch_size_count") - before
    for number in range(8):
        np.testing.assert_allclose(found[number], wanted[number::8], atol=1e-4)
    assert runs < 500, "1,000 digits in some 600 requests: fewer runs than requests"


FAULTS = {
    "forgets to normalise": ("protocol.py", 'pixels(images / np.float32(255) if tensor.datatype == "UINT8" else images)',
                             "images", "the images arrive as 0 to 255, not as 0 to 1"),
    "flips the layout": ("protocol.py", "numbers.reshape(tensor.shape)", "numbers.reshape(tensor.shape).transpose(0, 1, 3, 2)",
                         "the images arrive transposed"),
    "mixes up the answers": ("engine.py", "first += len(images)", "first += 0", "logits differ"),
    "answers with probabilities": ("engine.py", "return self.session.run(None, {self.input: images})[0]",
                                   "x = np.exp(self.session.run(None, {self.input: images})[0])\n        "
                                   "return x / x.sum(axis=1, keepdims=True)", "these are probabilities"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_fault_is_caught(fault, files, tmp_path):
    file, old, new, why = FAULTS[fault]
    with serve(files / "digits.onnx", copy_with(tmp_path / "copy", file, old, new), WAIT_MS="20") as running:
        halves = [partial(logits, running.url, half, batch=25) for half in (IMAGES[:500], IMAGES[500:])]
        found = contract.judge(np.concatenate(at_once(halves)), trained.weights("pytorch"))
    assert not found.holds and why in found.why


def test_stale_file_is_caught(files):
    with serve(files / "stale.onnx") as running:
        assert "a stale file" in contract.judge(logits(running.url, IMAGES), trained.weights("pytorch")).why


def changed(value):
    digits = json.loads(json.dumps(GOOD))
    digits[0][0][0][0] = value
    return json.dumps({"instances": digits}).encode()


def v2(**change):
    tensor = {"name": "images", "shape": [1, 1, 28, 28], "datatype": "FP32", "data": [0.5] * 784, **change}
    return json.dumps({"inputs": [tensor]}).encode()


BAD = {
    "NaN": (PREDICT, changed(float("nan")), 422), "infinity": (PREDICT, changed(float("inf")), 422),
    "null": (PREDICT, changed(None), 400), "1e999": (PREDICT, changed("@").replace(b'"@"', b"1e999"), 422),
    "text": (PREDICT, changed("0.5"), 400),
    "true": (PREDICT, changed(True), 400), "bytes": (PREDICT, changed(255), 422), "negative": (PREDICT, changed(-0.1), 422),
    "ragged": (PREDICT, json.dumps({"instances": [[[[0.0] * 28] * 27 + [[0.0] * 27]]]}).encode(), 400),
    "wrong shape": (PREDICT, json.dumps({"instances": GOOD[0]}).encode(), 400),
    "no digit": (PREDICT, b'{"instances": []}', 400),
    "129 digits": (PREDICT, json.dumps({"instances": GOOD * 129}).encode(), 400), "empty": (PREDICT, b"", 400),
    "no object": (PREDICT, b"[]", 400), "deep": (PREDICT, b"[" * 100_000, 400), "not UTF-8": (PREDICT, b"\xff\xfe", 400),
    "huge": (PREDICT, b" " * 5_000_000, 413), "unknown model": ("/v1/models/cats:predict", changed(0), 404),
    "V2 name": (INFER, v2(name="x"), 400), "V2 type": (INFER, v2(datatype="FP64"), 400),
    "V2 rank": (INFER, v2(shape=[784]), 400),
    "V2 negative": (INFER, v2(shape=[-1, 1, 28, 28]), 400), "V2 too few": (INFER, v2(data=[0.5] * 783), 400),
    "V2 huge shape": (INFER, v2(shape=[2**62, 1, 28, 28]), 400), "V2 NaN": (INFER, v2(data=[float("nan")] * 784), 422),
    "too large for float32": (PREDICT, changed(1e300), 422),
    "V2 no bytes": (INFER, v2(data=[]), 400), "V2 too many": (INFER, v2(data=[0] * 1_000_000), 400),
    **{f"UINT8 {value}": (INFER, v2(datatype="UINT8", data=[value] * 784), 422)
       for value in (0.5, 254.99999999999, 1e-60, 256, -1, float("nan"), float("inf"))},
}


@pytest.mark.parametrize("name", BAD)
def test_bad_request_gets_one_clear_line(client, name):
    path, body, status = BAD[name]
    answer = client.send("POST", path, body)
    assert answer.status == status
    assert set(answer.content) == {"error"} and 0 < len(answer.content["error"]) < 120 and "\n" not in answer.content["error"]
    assert client.send("POST", PREDICT, changed(0.5)).status == 200, "and the server lives"


def test_wrong_method_and_headers(client):
    assert client.send("GET", PREDICT).status == 405
    assert client.send("DELETE", "/v2/models/digits").status == 405
    path, body, _ = v2_pixels(IMAGES[:1])
    for length in ("-1", "1e9", "999999999", "ten", "", "3"):
        assert client.send("POST", path, body, {"Inference-Header-Content-Length": length}).status == 400


def test_bytes_with_nan_are_refused(client):
    images = IMAGES[:1].copy()
    images[0, 0, 5, 5] = np.nan
    with pytest.raises(ValueError, match="422: a pixel is nan"):
        client.post(FORMS["V2, float bytes"](images))


def mutated(chance):
    """A good request of a random form, damaged at random; or no request at all."""
    path, body, headers = FORMS[chance.choice(list(FORMS))](IMAGES[:chance.randint(1, 3)])
    body, how = bytearray(body), chance.randrange(5)
    if how == 0:
        body = body[:chance.randrange(len(body))]
    elif how == 1:
        for _ in range(chance.randint(1, 20)):
            body[chance.randrange(len(body))] = chance.randrange(256)
    elif how == 2:
        place = chance.randrange(len(body))
        body[place:place] = chance.choice([b"null", b"NaN", b"[", b"}", b'"', b"1e999", b"\x00", b"-", b"9" * 400])
    elif how == 3:
        body = chance.randbytes(chance.randrange(2000))
    else:
        values = [None, True, -1, 1e308, "x", [], {}, [[]], [[[[0] * 28] * 28]] * 2]
        body = json.dumps({chance.choice(["instances", "inputs", "x"]): chance.choice(values)}).encode()
    return path, bytes(body), headers


def test_200_random_requests(client):
    chance = random.Random(1998)
    statuses = [client.send("POST", *mutated(chance)).status for _ in range(200)]
    assert set(statuses) <= {200, 400, 422}, "no 5xx"
    assert len(statuses) - statuses.count(200) > 100
    assert str(verdict(client)) == "holds"


def test_announced_10_gigabytes_are_not_read(server):
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"POST {PREDICT} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {10**10}\r\n\r\n".encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_an_endless_body_is_cut_off(server, client):
    """In chunks, so its length is not announced. The server may read its limit and what the sockets hold, no more."""
    host, port = server.url.removeprefix("http://").split(":")
    before, sent, piece = psutil.Process(server.process.pid).memory_info().rss, 0, b"10000\r\n" + b" " * 65536 + b"\r\n"
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"POST {PREDICT} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        with pytest.raises(OSError):  # it is closed from the other side
            while sent < 200_000_000:
                connection.sendall(piece)
                sent += len(piece)
    assert sent < 50_000_000
    assert psutil.Process(server.process.pid).memory_info().rss - before < 50_000_000
    assert metric(server, 'digits_answers_total{status="413"}') >= 1


def replace(file, content):
    paths.write_atomically(file, lambda stream: stream.write(content))


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


def test_a_new_file_is_taken_up_and_no_request_is_lost(files, tmp_path):
    live, stop, cut = tmp_path / "live.onnx", threading.Event(), (files / "digits.onnx").read_bytes()[:50_000]
    replace(live, (files / "stale.onnx").read_bytes())

    def ask(url):
        seen = []
        with Client(url) as client:
            while not stop.is_set():
                answer = client.send("POST", *v2_pixels(IMAGES[:1]))
                seen.append((answer.status, answer.content.get("model_version")))
        return seen

    def change(server):
        try:
            for number, rubbish in enumerate((b"rubbish", b"", cut, other_network()), 1):
                replace(live, rubbish)
                until(lambda: metric(server, 'digits_model_loads_total{outcome="refused"}') == number)  # noqa: B023
            live.unlink()  # gone: the old one goes on
            time.sleep(0.3)
            replace(live, (files / "digits.onnx").read_bytes())
            until(lambda: metric(server, 'digits_model_loads_total{outcome="taken up"}') == 2)
        finally:
            stop.set()
    with serve(live) as running:
        *seen, _ = at_once([*[partial(ask, running.url)] * 4, partial(change, running)])
        assert contract.judge(logits(running.url, IMAGES), trained.weights("pytorch")).holds
    assert {status for one in seen for status, _ in one} == {200}
    for one in seen:
        changes = sum(before != after for (_, before), (_, after) in zip(one, one[1:]))
        assert changes <= 1, "from the old one to the new one, through nothing else"


def other_network():
    """A good ONNX file that does something else with images."""
    from onnx import TensorProto, helper
    graph = helper.make_graph([helper.make_node("Relu", ["images"], ["logits"])], "other",
                              [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", 1, 28, 28])],
                              [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 1, 28, 28])])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9).SerializeToString()


def test_ready_only_with_a_model(files, tmp_path):
    live = tmp_path / "live.onnx"
    with serve(live, ready="/v2/health/live") as running, Client(running.url) as client:
        for path in ("/v2/health/ready", "/v2/models/digits/ready"):
            assert client.send("GET", path).status == 503
        assert client.send("GET", "/v1/models/digits").content["model_version_status"][0]["state"] == "LOADING"
        assert client.send("POST", PREDICT, changed(0)).status == 503
        replace(live, (files / "digits.onnx").read_bytes())
        until(lambda: client.send("GET", "/v2/health/ready").status == 200)
        assert client.send("POST", PREDICT, changed(0)).status == 200


def test_too_many_get_503_and_the_others_their_answer(files, tmp_path):
    slow = copy_with(tmp_path / "slow", "engine.py", "waiting: int = 256", "waiting: int = 1")
    text, run = (slow / "engine.py").read_text(), "        return self.session"
    (slow / "engine.py").write_text(text.replace(run, f"        time.sleep(0.5)\n{run}"))

    def ask(url):
        with Client(url) as client:
            return client.send("POST", PREDICT, changed(0))
    with serve(files / "digits.onnx", slow, BATCH="1") as running:
        answers = at_once([partial(ask, running.url)] * 8)
    assert {answer.status for answer in answers} == {200, 503}
    assert all(answer.headers["retry-after"] == "1" for answer in answers if answer.status == 503)


def test_protocols_say_what_they_must(server, client):
    status = client.send("GET", "/v1/models/digits").content["model_version_status"][0]
    assert status["state"] == "AVAILABLE" and status["version"].isdecimal()
    model = client.send("GET", "/v2/models/digits").content
    assert int(status["version"]) < 2**63 and model["name"] == "digits"
    assert model["inputs"][0]["shape"] == [-1, 1, 28, 28]
    assert "binary_tensor_data" in client.send("GET", "/v2").content["extensions"]
    output, = client.send("POST", *v2_pixels(IMAGES[:3])).content["outputs"]
    assert output["shape"] == [3, 10] and output["datatype"] == "FP32" and len(output["data"]) == 30
    assert metric(server, 'digits_answers_total{status="200"}') > 0


def test_loopback_only_and_nothing_left(files):
    with serve(files / "digits.onnx") as running:
        process = psutil.Process(running.process.pid)
        listening = {link.laddr.ip for link in process.net_connections() if link.status == psutil.CONN_LISTEN}
        assert listening == {"127.0.0.1"}
    assert not psutil.pid_exists(process.pid) or process.status() == psutil.STATUS_ZOMBIE


def test_same_version_means_same_file(client, files):
    digest = hashlib.sha256((files / "digits.onnx").read_bytes()).hexdigest()
    assert client.send("GET", "/v2/models/digits").content["versions"] == [digest]
    assert client.send("POST", *v2_pixels(IMAGES[:1])).content["model_version"] == digest


def test_pixel_bytes_in_json_are_those_behind_it(client):
    numbers = (IMAGES[:1] * 255).round()
    for data in (numbers.astype(int), numbers):  # 255 and 255.0
        asked = v2(datatype="UINT8", data=data.ravel().tolist())
        found = client.send("POST", INFER, asked).content["outputs"][0]["data"]
        assert found == client.send("POST", *v2_pixels(IMAGES[:1])).content["outputs"][0]["data"]


def test_what_is_no_json_is_said_to_be_none(client):
    body = changed(0.5)
    for kind in ("application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/octet-stream",
                 "application/x-www-form-urlencoded"):  # the last one is what curl and urllib say by themselves
        assert client.send("POST", PREDICT, body, {"Content-Type": kind}).status == 200, kind
    for kind in ("text/plain;charset=UTF-8", "multipart/form-data; boundary=x", "image/png", "application/xml", "json"):
        answer = client.send("POST", PREDICT, body, {"Content-Type": kind})
        assert answer.status == 415 and "application/json" in answer.content["error"], kind
    assert client.send("POST", PREDICT, body, {"Content-Encoding": "identity"}).status == 200
    for coding in ("gzip", "GZIP", "br", "deflate", "zstd", "gzip, identity"):
        answer = client.send("POST", PREDICT, gzip.compress(body), {"Content-Encoding": coding})
        assert answer.status == 415 and coding in answer.content["error"]
        assert answer.headers["accept-encoding"] == "identity"


def test_pages_of_others_get_nothing(server, client, files):
    """A page of another site in the reader's browser, and one whose name was made to lead to this machine."""
    assert client.send("POST", PREDICT, changed(0.5), {"Sec-Fetch-Site": "cross-site"}).status == 403
    port = server.url.rsplit(":", 1)[1]
    hosts = {"evil.example": 421, f"evil.example:{port}": 421, "127.0.0.1.evil.example": 421, "10.0.0.7": 421,
             f"LOCALHOST:{port}": 200, f"[::1]:{port}": 200}
    for host, status in hosts.items():
        for request in (("GET", "/v2", None), ("GET", "/v2/health/live", None), ("POST", PREDICT, changed(0.5))):
            assert client.send(*request, {"Host": host}).status == status, host
    with serve(files / "digits.onnx", HOSTS="digits, *") as running, Client(running.url) as other:
        assert other.send("GET", "/v2/health/live", None, {"Host": "10.0.0.7"}).status == 200


def test_metrics_have_a_port_of_their_own(server, client):
    assert client.send("GET", "/metrics").status == 404
    assert metrics(server).startswith("http://127.0.0.1:") and metrics(server) != server.url
    assert metric(server, 'digits_answers_total{status="404"}') >= 1


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_no_page_that_loads_scripts_from_elsewhere(path, client):
    assert client.send("GET", path).status == 404


def connect(server, head, body=b""):
    """A connection on which a request was begun."""
    host, port = server.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=20)
    connection.sendall(f"POST {PREDICT} HTTP/1.1\r\nHost: {host}\r\n{head}\r\n\r\n".encode() + body)
    return connection


def first_line(connection):
    with contextlib.suppress(OSError):
        return connection.recv(1000).split(b"\r\n")[0].decode()
    return "reset"


@pytest.mark.parametrize("http", ["httptools", "h11"])  # the course's environment has both, the container the second
def test_clients_that_leave_or_dawdle_leave_no_trace(http, files):
    with serve(files / "digits.onnx", UVICORN_HTTP=http, BODY_SECONDS="1.5") as running, Client(running.url) as client:
        for head, body in (("Content-Length: 1000", b""), ("Content-Length: 1000", b'{"inst'),
                           ("Transfer-Encoding: chunked", b"5\r\n[[[")):
            connect(running, head, body).close()
        with connect(running, "Content-Length: 1000", b"{") as gone:  # a reset, not a goodbye
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        until(lambda: metric(running, 'digits_answers_total{status="499"}') == 4)
        with connect(running, "Content-Length: 1000", b"{") as slow:
            assert first_line(slow) == "HTTP/1.1 408 Request Timeout"
        assert client.send("POST", PREDICT, changed(0.5)).status == 200
        log = [line for line in running.log.read_text().splitlines() if ' HTTP/1.1" ' not in line]
    assert not [line for line in log if not line.startswith("INFO:")], "not a line of traceback"


def test_64_slow_bodies_do_not_fill_the_pod(files):
    """Each announces 4 MiB and keeps the last byte back; then comes the JSON that needs most memory."""
    deployment = next(yaml.safe_load_all((SERVICE / "kubernetes.yaml").read_text()))
    limit = deployment["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"]
    limit, most = int(limit.removesuffix("Mi")) * 2**20, 4 * 2**20
    with contextlib.ExitStack() as stack:
        running = stack.enter_context(serve(files / "digits.onnx", BODY_SECONDS="8"))
        client = stack.enter_context(Client(running.url))
        process, slow = psutil.Process(running.process.pid), []
        at_rest = process.memory_info().rss
        for _ in range(64):
            with contextlib.suppress(OSError):  # it was refused
                slow.append(stack.enter_context(connect(running, f"Content-Length: {most}")))
                slow[-1].sendall(b" " * (most - 1))
        assert client.send("GET", "/v2/health/live").status == 200, "probes are answered meanwhile"
        assert process.memory_info().rss - at_rest < 110 * 2**20
        refused = client.send("POST", PREDICT, changed(0.5))
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        lines = [first_line(connection) for connection in slow]
        assert lines.count("HTTP/1.1 408 Request Timeout") == 16, "no more fit into 64 MiB"
        until(lambda: client.send("POST", PREDICT, changed(0.5)).status == 200)
        worst = b'{"inputs":[' + b'{"":0},' * (most // 7 - 4) + b"{}]}"
        assert client.send("POST", INFER, worst).status == 400
        assert int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())[1]) * 1024 < limit


def container():
    """The container's options of uvicorn."""
    return dict(re.findall(r"(UVICORN_\w+)=(\w+)", (SERVICE / "Dockerfile").read_text()))


@pytest.mark.parametrize("begin", ["GET /v2 HTTP/1.1\r\n", "GET /v2 HTTP/1.1\r\nX-A: ", "GET /",
                                   f"POST {PREDICT} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"],
                         ids=["many headers", "one header", "address", "trailers"])
def test_the_container_reads_no_headers_without_end(begin, small):
    host, port = small.url.removeprefix("http://").split(":")
    before, sent = psutil.Process(small.process.pid).memory_info().rss, 0
    piece = b"x-a: b\r\n" * 8192 if begin.endswith("\n") else b"a" * 65536
    with socket.create_connection((host, int(port)), timeout=20) as connection, pytest.raises(OSError):
        connection.sendall(begin.encode())
        while sent < 50_000_000:
            connection.sendall(piece)
            sent += len(piece)
    assert psutil.Process(small.process.pid).memory_info().rss - before < 10_000_000


@pytest.fixture(scope="module")
def small(files):
    """The service with the container's options."""
    with serve(files / "digits.onnx", **container()) as running:
        yield running


def test_no_more_connections_than_the_container_has(files):
    words = container()
    with serve(files / "digits.onnx", **words) as running, contextlib.ExitStack() as stack:
        for _ in range(int(words["UVICORN_LIMIT_CONCURRENCY"])):
            stack.enter_context(connect(running, "Content-Length: 1000"))
        with Client(running.url) as client:
            assert client.send("GET", "/v2/health/live").status == 503
            with pytest.raises(ValueError, match="503: Service Unavailable"):
                client.post(v2_pixels(IMAGES[:1]))
        stack.close()
        with Client(running.url) as client:
            # some that leave may still be counted
            until(lambda: client.send("GET", "/v2/health/live").status == 200)
            until(lambda: client.send("POST", PREDICT, changed(0.5)).status == 200)


def test_at_most_batch_digits_run_together(files, client):
    """Requests of 31 and 128 digits: once they ran as 159."""
    with serve(files / "digits.onnx", BATCH="32", WAIT_MS="500") as running:
        found = at_once([partial(logits, running.url, IMAGES[:count], batch=count) for count in (31, 128)])
        assert metric(running, "digits_batch_size_sum") == 159
        assert metric(running, 'digits_batch_size_bucket{le="32.0"}') == metric(running, "digits_batch_size_count") >= 5
    alone = client.logits(IMAGES[:128], v2_pixels, batch=1)
    for answer in found:
        np.testing.assert_allclose(answer, alone[:len(answer)], atol=1e-4)


def complaints(running):
    """What its log says of model files."""
    return re.findall("model file (.*)", running.log.read_text())


def test_a_path_without_a_model_is_said_once_and_looked_at_again(files, tmp_path):
    place, live = tmp_path / "place", tmp_path / "place" / "live.onnx"
    steps = [("No such file", lambda: None), ("Not a directory", lambda: place.write_text("a file")),
             ("a folder or a device", lambda: (place.unlink(), live.mkdir(parents=True))),
             ("a folder or a device", lambda: (live.rmdir(), os.mkfifo(live))),
             ("symbolic links", lambda: (live.unlink(), live.symlink_to(live)))]
    with serve(live, ready="/v2/health/live") as running, Client(running.url) as client:
        for words, change in steps:
            change()
            time.sleep(0.9)
            last = complaints(running)[-1]
            assert last.startswith("cannot be read") and words in last and str(live) in last
            assert client.send("GET", "/v2/health/ready").status == 503 and client.send("GET", "/v2/health/live").status == 200
        live.unlink()
        replace(live, (files / "digits.onnx").read_bytes())
        until(lambda: client.send("GET", "/v2/health/ready").status == 200)
        live.unlink()
        time.sleep(0.9)
        assert "No such file" in complaints(running)[-1], "gone: the old one goes on, and the log says why"
        assert client.send("POST", PREDICT, changed(0.5)).status == 200
        # it may also have been seen while it changed; what is said five times a second is said 25 times here
        assert len(complaints(running)) <= 10, complaints(running)


def test_memory_that_is_short_for_a_while_ends_nothing(files, tmp_path):
    """Three loads and the first batch fail with MemoryError, which has no text."""
    load = "        self.session = ort"
    short = copy_with(tmp_path / "short", "engine.py", load, f"        fail(3)\n{load}")
    text, join = (short / "engine.py").read_text(), "                images = np.concatenate("
    assert text.count(join) == 1
    text = text.replace(join, "                fail(4)\n" + join).replace("class Model:", """FAILED = []


def fail(count):
    if len(FAILED) < count:
        FAILED.append(1)
        raise MemoryError


class Model:""")
    (short / "engine.py").write_text(text)
    with serve(files / "digits.onnx", short) as running, Client(running.url) as client:
        assert complaints(running) == ["cannot be read, it is tried again: MemoryError()"]
        assert [client.send("POST", PREDICT, changed(0.5)).status for _ in range(2)] == [500, 200]


def test_who_lost_a_task_is_not_alive(files, tmp_path):
    """What no handler foresaw: then the cluster starts the pod anew, instead of requests that wait for ever."""
    dying = copy_with(tmp_path / "dying", "engine.py", "await asyncio.sleep(self.poll)", "return")
    with serve(files / "digits.onnx", dying) as running, Client(running.url) as client:
        assert client.send("GET", "/v2/health/live").status == 503


def model_of(file, nodes, tensors, count="N"):
    from onnx import TensorProto, helper
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, [count, *shape])]
            for name, shape in (("images", (1, 28, 28)), ("logits", (10,)))]
    graph = helper.make_graph(nodes, "digits", *ends, tensors)
    replace(file, helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9).SerializeToString())


def test_a_model_reads_no_other_file_and_takes_any_number_of_digits(tmp_path, monkeypatch):
    from onnx import TensorProto, helper
    live, secret = tmp_path / "live.onnx", TensorProto(name="secret", data_type=1, dims=[10],
                                                       data_location=TensorProto.EXTERNAL)
    for key, value in (("location", "secret.bin"), ("offset", "0"), ("length", "40")):
        secret.external_data.add(key=key, value=value)
    own = helper.make_tensor("own", TensorProto.FLOAT, [10], [0.0] * 10)
    shapes = [helper.make_tensor(name, TensorProto.INT64, [2], shape) for name, shape in (("any", [0, -1]), ("two", [2, 784]))]
    weights = helper.make_tensor("w", TensorProto.FLOAT, [784, 10], [0.0] * 7840)

    def nodes(shape, bias):
        return [helper.make_node("Reshape", ["images", shape], ["flat"]),
                helper.make_node("Gemm", ["flat", "w", bias], ["logits"])]
    monkeypatch.chdir(tmp_path)  # the server's folder, too
    (tmp_path / "secret.bin").write_bytes(bytes(40))
    model_of(live, nodes("any", "secret"), [secret, weights, *shapes])
    with serve(live, ready="/v2/health/live") as running, Client(running.url) as client:
        until(lambda: len(complaints(running)) == 1)
        model_of(live, nodes("two", "own"), [own, weights, *shapes], 2)
        until(lambda: len(complaints(running)) == 2)
        assert all(line.startswith("refused: ") for line in complaints(running)), complaints(running)
        model_of(live, nodes("any", "own"), [own, weights, *shapes])
        until(lambda: client.send("GET", "/v2/health/ready").status == 200)


TRIAL = """
import sys
sys.path.insert(0, sys.argv[1])
import engine
engine.SECONDS = 0.5
try:
    engine.Model(open(sys.argv[2], "rb").read())
except ValueError as error:
    print(error)
"""


def test_a_model_without_end_is_refused(tmp_path):
    """Its loop goes round 2 ** 62 times; the watcher waited for ever, and said nothing."""
    from onnx import TensorProto, helper
    again = helper.make_graph(
        [helper.make_node("Identity", [name], [f"{name} again"]) for name in ("on", "y")], "body",
        [helper.make_tensor_value_info("turn", TensorProto.INT64, []),
         helper.make_tensor_value_info("on", TensorProto.BOOL, []),
         helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [helper.make_tensor_value_info("on again", TensorProto.BOOL, []),
         helper.make_tensor_value_info("y again", TensorProto.FLOAT, None)])
    tensors = [helper.make_tensor("turns", TensorProto.INT64, [], [2 ** 62]),
               helper.make_tensor("go", TensorProto.BOOL, [], [True]),
               helper.make_tensor("w", TensorProto.FLOAT, [784, 10], [0.0] * 7840)]
    model_of(tmp_path / "live.onnx", [helper.make_node("Flatten", ["images"], ["flat"]),
                                      helper.make_node("MatMul", ["flat", "w"], ["once"]),
                                      helper.make_node("Loop", ["turns", "go", "once"], ["logits"], body=again)], tensors)
    said, = launch.run([["-c", TRIAL, SERVICE, tmp_path / "live.onnx"]], kernel="deployment", timeout=60)
    assert said == "blank digits took more than 0.5 seconds\n"


def test_requests_under_way_are_answered_before_the_end(files, tmp_path):
    run = "        return self.session"
    slow = copy_with(tmp_path / "slow", "engine.py", run, f"        time.sleep(0.6)\n{run}")
    with serve(files / "digits.onnx", slow, UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN="20") as running:
        def ask():
            with Client(running.url) as client:
                return client.send("POST", PREDICT, changed(0.5)).status

        def end():
            time.sleep(0.3)
            running.process.send_signal(signal.SIGTERM)
            return running.process.wait(20)
        assert at_once([ask, ask, end])[:2] == [200, 200]


def test_the_container_asks_after_its_health_past_any_proxy(server):
    """Docker hands the proxies of its user's settings to each container."""
    text = (SERVICE / "Dockerfile").read_text()
    *_, program = json.loads(text[text.index('CMD ["python"') + 4:].splitlines()[0])
    surroundings = {**os.environ, "http_proxy": "http://127.0.0.1:9", "no_proxy": ""}
    for port, alive in ((server.url.rsplit(":", 1)[1], True), ("1", False)):
        ended = subprocess.run([sys.executable, "-c", program.replace("8000", port)], env=surroundings, capture_output=True)
        assert (ended.returncode == 0) is alive
