"""The same question to each server, in its own protocol: where to POST, what the body looks like,
where the logits stand."""
import json
import socket
import urllib.error
import urllib.request

import numpy as np

PATHS = {"FastAPI": "/v1/models/digits:predict", "TorchServe": "/predictions/digits",
         "KServe": "/v1/models/digits:predict", "KServe V2": "/v2/models/digits/infer",
         "LitServe": "/predict", "Ray Serve": "/"}
TOKENS = {}  # a server's address: the key that it asks for
NAMES = tuple(name for name in PATHS if name != "KServe V2")


def body(server, images):
    """What is sent for ``images`` (``N x 1 x 28 x 28``), before it becomes JSON."""
    if server.startswith("KServe"):  # a SavedModel of TensorFlow: channels last
        images = images.transpose(0, 2, 3, 1)
    return envelope(server, images.tolist())


def envelope(server, digits):
    """The protocol around a list of digits, right or wrong."""
    if server == "TorchServe":
        return digits
    if server in ("LitServe", "Ray Serve"):
        return {"digits": digits}
    if server == "KServe V2":
        array = np.array(digits)
        return {"inputs": [{"name": "images", "shape": list(array.shape), "datatype": "FP32",
                            "data": array.ravel().tolist()}]}
    return {"instances": digits}


def read(server, reply):
    """The logits in a reply, ``N x 10``."""
    if server == "TorchServe":
        return np.array(reply)
    if server == "KServe V2":
        return np.reshape(reply["outputs"][0]["data"], reply["outputs"][0]["shape"])
    return np.array(reply["logits" if server in ("LitServe", "Ray Serve") else "predictions"])


def headers(url):
    """What each request says beside its JSON: for a server that asks for a key, the key."""
    found, key = {"Content-Type": "application/json"}, TOKENS.get("/".join(url.split("/")[:3]))
    return {**found, "Authorization": f"Bearer {key}"} if key else found


def post(url, data, timeout=30):
    """``(status, text)`` of a POST with JSON; status 0 if nobody answers, or the connection is
    lost."""
    request = urllib.request.Request(url, data.encode(), headers(url))
    # the server is on this machine
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode(errors="replace")
    except OSError as lost:
        return 0, type(lost).__name__


def announced(server, url, length=10**10):
    """The status for one who says that so many bytes will come, and has not sent any."""
    host, port = url.removeprefix("http://").split(":")
    says = {**headers(url), "Host": host, "Content-Length": length}
    lines = [f"POST {PATHS[server]} HTTP/1.1", *(f"{name}: {what}" for name, what in says.items())]
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return int(connection.recv(100).split()[1])


def ask(server, url, images, size=100):
    """The logits of all images, asked for in batches. Raises ``RuntimeError`` if the server refuses
    one."""
    found = []
    for start in range(0, len(images), size):
        status, text = post(url + PATHS[server],
                            json.dumps(body(server, images[start:start + size])))
        if status != 200:
            raise RuntimeError(f"{server} answered {status}: {text[:200]}")
        found.append(read(server, json.loads(text)))
    return np.concatenate(found)


def bad_requests(server, digit):
    """Five requests that no server should take, by name: the text to send. ``digit`` is a right
    one, ``1 x 28 x 28``."""
    good = body(server, digit[None])
    nothing = json.dumps(good).replace("0.0", "NaN", 1)
    flat, words = envelope(server, [digit.ravel().tolist()]), envelope(server, ["seven"])
    return {"a flat list": json.dumps(flat), "words": json.dumps(words), "a NaN": nothing,
            "half a JSON": json.dumps(good)[:-9], "no digits": json.dumps(envelope(server, []))}
