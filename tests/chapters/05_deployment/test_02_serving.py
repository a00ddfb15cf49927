"""The service of the chapter on serving: the contract over HTTP, bad requests, reload, and that planted faults are caught."""
import concurrent.futures
import json
import random
import re
import shutil
import socket
import threading
import time
from functools import partial

import numpy as np
import psutil
import pytest

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


def metric(client, line):
    found = re.search(rf"^{re.escape(line)} (\S+)", client.send("GET", "/metrics").content, re.MULTILINE)
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
        before = metric(client, "digits_batch_size_count")
        found = at_once([partial(logits, running.url, IMAGES[number::8], batch=1 + number % 3) for number in range(8)])
        runs = metric(client, "digits_batch_size_count") - before
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
    "NaN": (PREDICT, changed(float("nan")), 400), "infinity": (PREDICT, changed(float("inf")), 400),
    "null": (PREDICT, changed(None), 400), "1e999": (PREDICT, changed("@").replace(b'"@"', b"1e999"), 400),
    "text": (PREDICT, changed("0.5"), 400),
    "true": (PREDICT, changed(True), 400), "bytes": (PREDICT, changed(255), 400), "negative": (PREDICT, changed(-0.1), 400),
    "ragged": (PREDICT, json.dumps({"instances": [[[[0.0] * 28] * 27 + [[0.0] * 27]]]}).encode(), 400),
    "wrong shape": (PREDICT, json.dumps({"instances": GOOD[0]}).encode(), 400),
    "no digit": (PREDICT, b'{"instances": []}', 400),
    "129 digits": (PREDICT, json.dumps({"instances": GOOD * 129}).encode(), 400), "empty": (PREDICT, b"", 400),
    "no object": (PREDICT, b"[]", 400), "deep": (PREDICT, b"[" * 100_000, 400), "not UTF-8": (PREDICT, b"\xff\xfe", 400),
    "huge": (PREDICT, b" " * 5_000_000, 413), "unknown model": ("/v1/models/cats:predict", changed(0), 404),
    "V2 name": (INFER, v2(name="x"), 400), "V2 type": (INFER, v2(datatype="FP64"), 400),
    "V2 rank": (INFER, v2(shape=[784]), 400),
    "V2 negative": (INFER, v2(shape=[-1, 1, 28, 28]), 400), "V2 too few": (INFER, v2(data=[0.5] * 783), 400),
    "V2 huge shape": (INFER, v2(shape=[2**62, 1, 28, 28]), 400), "V2 NaN": (INFER, v2(data=[float("nan")] * 784), 400),
    "V2 no bytes": (INFER, v2(data=[]), 400),
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
    with pytest.raises(ValueError, match="400: a pixel is nan"):
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
    assert set(statuses) <= {200, 400}, "no 5xx"
    assert statuses.count(400) > 100
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
    assert metric(client, 'digits_answers_total{status="413"}') >= 1


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

    def change(url):
        try:
            with Client(url) as client:
                for number, rubbish in enumerate((b"rubbish", b"", cut, other_network()), 1):
                    replace(live, rubbish)
                    until(lambda: metric(client, 'digits_model_loads_total{outcome="refused"}') == number)  # noqa: B023
                live.unlink()  # gone: the old one goes on
                time.sleep(0.3)
                replace(live, (files / "digits.onnx").read_bytes())
                until(lambda: metric(client, 'digits_model_loads_total{outcome="taken up"}') == 2)
        finally:
            stop.set()
    with serve(live) as running:
        *seen, _ = at_once([*[partial(ask, running.url)] * 4, partial(change, running.url)])
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


def test_protocols_say_what_they_must(client):
    status = client.send("GET", "/v1/models/digits").content["model_version_status"][0]
    assert status["state"] == "AVAILABLE" and status["version"].isdecimal()
    model = client.send("GET", "/v2/models/digits").content
    assert model["name"] == "digits" and model["versions"] == [status["version"]]
    assert model["inputs"][0]["shape"] == [-1, 1, 28, 28]
    assert "binary_tensor_data" in client.send("GET", "/v2").content["extensions"]
    output, = client.send("POST", *v2_pixels(IMAGES[:3])).content["outputs"]
    assert output["shape"] == [3, 10] and output["datatype"] == "FP32" and len(output["data"]) == 30
    assert metric(client, 'digits_answers_total{status="200"}') > 0


def test_loopback_only_and_nothing_left(files):
    with serve(files / "digits.onnx") as running:
        process = psutil.Process(running.process.pid)
        listening = {link.laddr.ip for link in process.net_connections() if link.status == psutil.CONN_LISTEN}
        assert listening == {"127.0.0.1"}
    assert not psutil.pid_exists(process.pid) or process.status() == psutil.STATUS_ZOMBIE
