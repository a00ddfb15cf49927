"""Ray Serve 2.60 for digits.onnx, run by ONNX Runtime: a Ray of its own on this machine, one
replica.

    python prepare.py FOLDER onnx
    MODEL=FOLDER/onnx/digits.onnx python ray_serve_digits.py --port 8000

then POST {"digits": [digit, ...]} to http://127.0.0.1:8000/. It takes some 20 seconds to start.
Serve's own address is the loopback; Ray's internal ports listen on the machine's address (ray
replaces 127.0.0.1 by it), so a secret token guards them.
"""
import argparse
import json
import os
import secrets
import signal

os.environ.setdefault("RAY_AUTH_MODE", "token")
os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))

import ray
from ray import serve
from starlette.responses import JSONResponse


@serve.deployment(num_replicas=1, max_ongoing_requests=16, ray_actor_options={"num_cpus": 1})
class Digits:
    def __init__(self, model):
        import onnxruntime
        self.session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name

    async def __call__(self, request):
        import checking
        try:
            images = checking.digits(json.loads(await checking.body(request))["digits"])
        except checking.TooLong as error:
            return JSONResponse({"error": str(error)}, status_code=413)
        except (ValueError, KeyError, TypeError) as error:
            return JSONResponse({"error": str(error)}, status_code=422)
        return {"logits": self.session.run(None, {self.input: images})[0].tolist()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    serve.start(http_options={"host": "127.0.0.1", "port": options.port})
    serve.run(Digits.bind(os.environ["MODEL"]), name="digits", route_prefix="/")
    signal.pause()
