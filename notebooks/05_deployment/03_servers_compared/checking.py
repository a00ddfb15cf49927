"""The one check that every program of this folder makes before it hands a request to its model, and
the session of those that ask ONNX Runtime.

CARELESS=1 switches it off. It is there for one purpose: to show what each server does when its
author forgets the check.
"""
import os

import numpy as np

MOST = 256  # digits in one request
MOST_BYTES = 8 * 2**20  # of one request: 256 digits in JSON have less than 5 MB
# TensorFlow takes oneDNN's kernels by itself on processors with AVX512-VNNI and the like; so all
# do, and show the same.
CARELESS = {"CARELESS": "1", "TF_ENABLE_ONEDNN_OPTS": "1"}


def digits(value, shape=(1, 28, 28)):
    """``value``, nested lists, as ``N x 1 x 28 x 28`` float32. Raises ``ValueError`` with a line
    for the caller."""
    if os.environ.get("CARELESS") == "1":
        return np.asarray(value, np.float32)
    try:
        images = np.asarray(value, np.float32)
    except (TypeError, ValueError):
        raise ValueError("the digits are not a regular array of numbers") from None
    if images.shape[1:] != shape or not 1 <= len(images) <= MOST:
        raise ValueError(f"expected 1 to {MOST} digits of shape {list(shape)}, got an array of "
                         f"shape {list(images.shape)}")
    if not np.isfinite(images).all():
        raise ValueError("a digit holds a number that is not finite")
    return images


def session(model):
    """ONNX Runtime's session for a file. A file that wants to read others is refused: a stranger's
    model could name any file of this folder."""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.model_external_initializers_file_folder_path",
                                     os.devnull)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


async def body(request):
    """A request's body, for a server that knows no limit. Raises ``TooLong``."""
    found = bytearray()
    if int(request.headers.get("content-length", 0)) > MOST_BYTES:
        raise TooLong(f"a request has at most {MOST_BYTES} bytes")
    async for piece in request.stream():
        found += piece
        if len(found) > MOST_BYTES:
            raise TooLong(f"a request has at most {MOST_BYTES} bytes")
    return bytes(found)


class TooLong(Exception):
    """More bytes than the largest good request has."""
