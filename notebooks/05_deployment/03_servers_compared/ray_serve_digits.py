"""Ray Serve 2.60 for digits.onnx, run by ONNX Runtime: a Ray of its own on this machine, one
replica.

    python prepare.py FOLDER onnx
    MODEL=FOLDER/onnx/digits.onnx python ray_serve_digits.py --port 8000

in the environment of the kernel deployment, with the course's root on PYTHONPATH; then POST
{"digits": [digit, ...]} to http://127.0.0.1:8000/. It takes some 20 seconds to the first answer.
Ray's own ports are on the loopback, but for one that Ray opens on every interface for other
replicas; a secret token guards them.
"""
import argparse
import json
import os
import secrets
import signal
import tempfile
from pathlib import Path

os.environ.setdefault("RAY_AUTH_MODE", "token")
os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
# its name says when it is of use; without it, Ray replaces 127.0.0.1 by the machine's address
os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"

import ray
from ray import serve
from starlette.responses import JSONResponse


@serve.deployment(num_replicas=1, max_ongoing_requests=16, ray_actor_options={"num_cpus": 1})
class Digits:
    def __init__(self, model):
        import checking
        self.session = checking.session(model)
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
    # Ray's usual folder is open to all users, and stays; a socket's path must be short
    short = "/tmp" if len(tempfile.gettempdir()) > 30 and os.name == "posix" else None
    with tempfile.TemporaryDirectory(dir=short, ignore_cleanup_errors=True) as folder:
        # inside it, for Ray opens to all what it is given
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False,
                 _node_ip_address="127.0.0.1", _temp_dir=str(Path(folder, "ray")))
        try:
            serve.start(http_options={"host": "127.0.0.1", "port": options.port})
            serve.run(Digits.bind(os.environ["MODEL"]), name="digits", route_prefix="/")
            signal.pause()
        finally:  # after Ctrl-C, and after SIGTERM, of which Ray makes an exit
            ray.shutdown()
