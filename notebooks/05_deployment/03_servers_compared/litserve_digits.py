"""A LitServe 0.2 server for digits.onnx, run by ONNX Runtime.

    python prepare.py FOLDER onnx
    MODEL=FOLDER/onnx/digits.onnx python litserve_digits.py --port 8000 --batch 16

then POST {"digits": [digit, ...]} to http://127.0.0.1:8000/predict. ``--batch``: how many requests
may share one run of the model; each waits at most ``--wait`` seconds for others.
"""
import argparse
import os

import checking
import litserve
import numpy as np
from fastapi import HTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware


class Digits(litserve.LitAPI):
    def setup(self, device):
        self.session = checking.session(os.environ["MODEL"])
        self.input = self.session.get_inputs()[0].name
        self.sizes = [1]

    def decode_request(self, request):
        try:
            return checking.digits(request["digits"])
        except (ValueError, KeyError, TypeError) as error:
            raise HTTPException(422, str(error)) from None

    def batch(self, inputs):
        self.sizes = [len(images) for images in inputs]
        return np.concatenate(inputs)

    def predict(self, images):
        return self.session.run(None, {self.input: images})[0]

    def unbatch(self, logits):
        return [(part, len(self.sizes)) for part in np.split(logits, np.cumsum(self.sizes)[:-1])]

    def encode_response(self, output):
        logits, shared = output if isinstance(output, tuple) else (output, 1)
        return {"logits": logits.tolist(), "requests_in_this_run": shared}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--wait", type=float, default=0.005)
    options = parser.parse_args()
    api = Digits(max_batch_size=options.batch,
                 batch_timeout=options.wait if options.batch > 1 else 0.0)
    # its own limit counts what has come, Starlette's refuses what is announced
    limit = RequestBodyLimitMiddleware, {"max_body_size": checking.MOST_BYTES}
    server = litserve.LitServer(api, accelerator="cpu", timeout=30, middlewares=[limit],
                                max_payload_size=checking.MOST_BYTES)
    server.run(host="127.0.0.1", port=options.port, num_api_servers=1, generate_client_file=False,
               log_level="warning")
