"""What a request must look like, in the two protocols that the service speaks; all else is refused
with one line."""
import os
from typing import Annotated, Literal, Optional

import numpy as np
from annotated_types import Len
from fastapi import HTTPException, Request
from pydantic import BaseModel, FailFast, ValidationError

MOST_DIGITS = 128  # in one request
MAX_BYTES = int(os.environ.get("MAX_BYTES", 4 * 2**20))
Row = Annotated[list[float], Len(28, 28), FailFast()]
Digit = Annotated[list[Annotated[list[Row], Len(28, 28), FailFast()]], Len(1, 1)]


class Predict(BaseModel, strict=True):
    """TensorFlow Serving's REST: a list of digits, each 1 x 28 x 28. Strict: "0.5" and true are no
    numbers."""

    instances: Annotated[list[Digit], Len(1, MOST_DIGITS), FailFast()]


class Tensor(BaseModel, strict=True):
    """The V2 protocol: a shape and its numbers in a row. UINT8 is a picture's bytes, 0 to 255; FP32
    goes from 0 to 1."""

    name: Literal["images"]
    shape: Annotated[list[int], Len(4, 4)]
    datatype: Literal["FP32", "UINT8"]
    data: Annotated[list[float], FailFast()] = []  # empty: the bytes stand behind the JSON


class Infer(BaseModel, strict=True):
    """A request to infer: one tensor."""

    inputs: Annotated[list[Tensor], Len(1, 1)]


async def limited_body(request: Request) -> bytes:
    """The body. One above the limit is not kept: if it says so itself, not a byte of it, otherwise
    the limit and no more."""
    body, too_long = bytearray(), f"a request has at most {MAX_BYTES} bytes"
    if int(request.headers.get("content-length", 0)) > MAX_BYTES:
        # what still comes is thrown away: to hang up now could reset the client
        raise HTTPException(413, too_long)
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BYTES:
            raise HTTPException(413, too_long, {"Connection": "close"})  # it may never end
    return bytes(body)


def predict_images(body: bytes) -> np.ndarray:
    """The digits of ``POST /v1/models/digits:predict``, float32. Raises ``ValueError``."""
    return pixels(np.array(parse(Predict, body).instances, np.float32))


def infer_images(body: bytes, json_length: Optional[str]) -> np.ndarray:
    """The digits of ``POST /v2/models/digits/infer``, float32. ``json_length``: its header, if
    bytes follow the JSON."""
    if json_length is not None and not (json_length.isdecimal() and int(json_length) <= len(body)):
        raise ValueError(f"Inference-Header-Content-Length: {json_length[:20]!r} does not fit the "
                         "body")
    end = len(body) if json_length is None else int(json_length)
    tensor, = parse(Infer, body[:end]).inputs
    count, *digit = tensor.shape
    kind = np.dtype(np.uint8 if tensor.datatype == "UINT8" else "<f4")
    have = len(body[end:]) / kind.itemsize if not tensor.data else len(tensor.data)
    if digit != [1, 28, 28] or not 1 <= count <= MOST_DIGITS or have != count * 784:
        raise ValueError(f"shape {tensor.shape} with {have:g} numbers, wanted [1 to {MOST_DIGITS}, "
                         "1, 28, 28]")
    numbers = np.array(tensor.data or np.frombuffer(body[end:], kind), np.float32)
    images = numbers.reshape(tensor.shape)
    return pixels(images / np.float32(255) if tensor.datatype == "UINT8" else images)


def parse(kind: type, text: bytes):
    """The JSON as a ``kind``. Raises ``ValueError`` with the first thing that is wrong."""
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"{where}: {first['msg']}" if where else first["msg"]) from None


def pixels(images: np.ndarray) -> np.ndarray:
    """The images, unless one holds what no shape or type forbids: NaN, infinity, bytes that nobody
    divided by 255."""
    wrong = ~((images >= 0) & (images <= 1))  # NaN compares as False
    if wrong.any():
        raise ValueError(f"a pixel is {images[wrong][0]:g}, all must lie from 0 to 1")
    return images
