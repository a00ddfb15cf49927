"""A client of the service, and the four ways in which it can write its digits down. By hand::

    from client import FORMS, Client
    with Client("http://127.0.0.1:8000") as client:
        logits = client.logits(images, FORMS["V1, JSON"])
"""
import http.client
import json
from typing import NamedTuple, Optional

import numpy as np

PREDICT, INFER = "/v1/models/digits:predict", "/v2/models/digits/infer"


class Request(NamedTuple):
    """What is posted: an address, the bytes, and the headers that explain them."""

    path: str
    body: bytes
    headers: dict


class Answer(NamedTuple):
    """A status, what the JSON says (or the text, if it is none), and the headers."""

    status: int
    content: object
    headers: dict


def v1_json(images: np.ndarray) -> Request:
    return Request(PREDICT, json.dumps({"instances": images.tolist()}).encode(), {})


def v2_json(images: np.ndarray) -> Request:
    tensor = {"name": "images", "shape": images.shape, "datatype": "FP32",
              "data": images.ravel().tolist()}
    return Request(INFER, json.dumps({"inputs": [tensor]}).encode(), {})


def v2_bytes(images: np.ndarray, datatype: str) -> Request:
    """A short JSON says what the bytes behind it are; a header says where it ends."""
    tensor = {"name": "images", "shape": images.shape, "datatype": datatype,
              "parameters": {"binary_data_size": images.nbytes}}
    head = json.dumps({"inputs": [tensor]}).encode()
    return Request(INFER, head + images.tobytes(),
                   {"Inference-Header-Content-Length": str(len(head))})


def v2_floats(images: np.ndarray) -> Request:
    return v2_bytes(images.astype("<f4"), "FP32")


def v2_pixels(images: np.ndarray) -> Request:
    """The picture's own bytes, 0 to 255: the service divides them by 255."""
    return v2_bytes((images * 255).round().astype(np.uint8), "UINT8")


FORMS = {"V1, JSON": v1_json, "V2, JSON": v2_json, "V2, float bytes": v2_floats,
         "V2, pixel bytes": v2_pixels}


class Client:
    """Keeps one connection. It asks no proxy: the service is on this machine."""

    def __init__(self, url: str):
        self.connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *reason) -> None:
        self.connection.close()

    def send(self, method: str, path: str, body: Optional[bytes] = None,
             headers: Optional[dict] = None) -> Answer:
        try:
            self.connection.request(method, path, body, headers or {})
            reply = self.connection.getresponse()
        # servers close a connection that was quiet for some seconds; to ask again does no harm
        except ConnectionError:
            self.connection.close()
            self.connection.request(method, path, body, headers or {})
            reply = self.connection.getresponse()
        text = reply.read()
        is_json = reply.headers.get_content_type() == "application/json"
        return Answer(reply.status, json.loads(text) if is_json else text.decode(),
                      dict(reply.headers))

    def post(self, request: Request) -> np.ndarray:
        """The logits. Raises ``ValueError`` with the service's own words if it refuses."""
        status, content, _ = self.send("POST", *request)
        if status != 200:
            words = content["error"] if isinstance(content, dict) else content  # uvicorn's own
            raise ValueError(f"{status}: {words}")
        rows = content["predictions"] if "predictions" in content else content["outputs"][0]["data"]
        return np.array(rows).reshape(-1, 10)

    def logits(self, images: np.ndarray, form, batch: int = 100) -> np.ndarray:
        """The logits of all images, ``batch`` at a time, each request written by ``form``."""
        return np.concatenate([self.post(form(images[start:start + batch]))
                               for start in range(0, len(images), batch)])
