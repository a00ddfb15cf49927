"""What a request must look like, in the two protocols that the service speaks; all else is refused
with one line."""
import asyncio
import os
from typing import Annotated, Literal, Optional

import numpy as np
from annotated_types import Len
from fastapi import HTTPException, Request
from pydantic import BaseModel, FailFast, ValidationError
from starlette.requests import ClientDisconnect

MOST_DIGITS = 128  # in one request
MAX_BYTES = int(os.environ.get("MAX_BYTES", 4 * 2**20))
MAX_BYTES_TOGETHER = 16 * MAX_BYTES  # of all requests that are not yet complete
BODY_SECONDS = float(os.environ.get("BODY_SECONDS", 20))
HOSTS = os.environ.get("HOSTS", "localhost,127.0.0.1,::1").lower().replace(" ", "").split(",")
# "" and the last: what http.client, curl and urllib say of JSON if nobody tells them
TYPES = ("", "application/json", "application/octet-stream", "application/x-www-form-urlencoded")
CLOSE = {"Connection": "close"}  # what still comes may never end
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
    # empty: the bytes stand behind the JSON
    data: Annotated[list[float], Len(0, MOST_DIGITS * 784), FailFast()] = []


class Infer(BaseModel, strict=True):
    """A request to infer: one tensor."""

    inputs: Annotated[list[Tensor], Len(1, 1)]


class NoPicture(ValueError):
    """The protocol is kept, but a picture has no such pixels."""


async def expected_host(request: Request) -> None:
    """Refuses who asks by a name that is not ours: a page whose name was made to lead here."""
    if "*" not in HOSTS and (name := request.url.hostname) not in HOSTS:
        raise HTTPException(421, f"host {str(name)[:40]!r}: asked by a name that HOSTS lacks")


def expected_kind(headers) -> None:
    """Refuses what would be read as something that it is not, and what a foreign page sends."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in TYPES:
        raise HTTPException(415, f"Content-Type {kind[:40]!r}: send application/json")
    coding = headers.get("content-encoding", "identity")
    if coding.strip().lower() not in ("", "identity"):
        raise HTTPException(415, f"Content-Encoding {coding[:40]!r}: send the bytes as they are",
                            {"Accept-Encoding": "identity"})
    if headers.get("sec-fetch-site") == "cross-site":
        raise HTTPException(403, "a page of another site asks")


held = 0  # bytes, of all bodies that are not yet complete


async def limited_body(request: Request) -> bytes:
    """The body. One above the limit is not kept: if it says so itself, not a byte of it, otherwise
    the limit and no more. One that takes too long is given up."""
    global held
    expected_kind(request.headers)
    body, too_long = bytearray(), f"a request has at most {MAX_BYTES} bytes"
    if int(request.headers.get("content-length", 0)) > MAX_BYTES:
        # what still comes is thrown away: to hang up now could reset the client
        raise HTTPException(413, too_long)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                body += piece
                held += len(piece)
                if len(body) > MAX_BYTES:
                    raise HTTPException(413, too_long, CLOSE)
                if held > MAX_BYTES_TOGETHER:
                    raise HTTPException(503, "too many requests at once",
                                        {**CLOSE, "Retry-After": "1"})
    except TimeoutError:
        raise HTTPException(408, f"the body took more than {BODY_SECONDS:g} s", CLOSE) from None
    except ClientDisconnect:  # nobody reads this; 499 is nginx's number for it
        raise HTTPException(499, "the client left before its request was complete") from None
    finally:
        held -= len(body)
    return bytes(body)


@np.errstate(over="ignore")  # what is too large for float32 becomes infinite, and is refused
def predict_images(body: bytes) -> np.ndarray:
    """The digits of ``POST /v1/models/digits:predict``, float32. Raises ``ValueError``."""
    return pixels(np.array(parse(Predict, body).instances, np.float32))


@np.errstate(over="ignore")
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
    numbers = np.array(tensor.data or np.frombuffer(body[end:], kind))
    if tensor.datatype == "UINT8" and (
            broken := numbers[numbers != np.clip(np.floor(numbers), 0, 255)]).size:
        raise NoPicture(f"a pixel is {broken[0]:g}, UINT8 has whole numbers from 0 to 255")
    numbers = numbers.astype(np.float32)
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
    divided by 255. Raises ``NoPicture``."""
    wrong = ~((images >= 0) & (images <= 1))  # NaN compares as False
    if wrong.any():
        raise NoPicture(f"a pixel is {images[wrong][0]:g}, all must lie from 0 to 1")
    return images
