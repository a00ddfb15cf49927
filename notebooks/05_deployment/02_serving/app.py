"""The digits behind an address: FastAPI and ONNX Runtime, two public protocols. By hand, in this
folder::

    MODEL=digits.onnx uvicorn app:app --port 8000 --http h11 --limit-concurrency 256

Further variables: BATCH (digits that run together, 32), WAIT_MS (for them to come, 0), MAX_BYTES
(of a request, 4 MiB), BODY_SECONDS (for them to come, 20), HOSTS (by which it may be asked:
"localhost,127.0.0.1,::1"; "*" for any), METRICS_HOST and METRICS_PORT (where the monitor asks:
127.0.0.1, and a free port, which the log tells).
"""
import asyncio
import logging
import os
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import protocol
from engine import Engine
from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import Counter, Histogram, start_http_server
from starlette.exceptions import HTTPException as AnyHTTPException

NAME = "digits"
SECONDS = Histogram("digits_request_seconds", "From a request to its answer",
                    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1))
ANSWERS = Counter("digits_answers", "Answers by their status", ["status"])


@asynccontextmanager
async def lifespan(app: FastAPI):
    """Starts what runs beside the requests. The model is loaded there: the server is live at once,
    and ready later."""
    app.state.engine = engine = Engine(Path(os.environ.get("MODEL", "digits.onnx")),
                                       batch=int(os.environ.get("BATCH", 32)),
                                       wait=float(os.environ.get("WAIT_MS", 0)) / 1000)
    # a port of its own: how much is asked, and refused, is nothing for those who may ask for digits
    host = os.environ.get("METRICS_HOST", "127.0.0.1")
    monitor, _ = start_http_server(int(os.environ.get("METRICS_PORT", 0)), host)
    logging.getLogger("uvicorn.error").info("Metrics on http://%s:%d/metrics", host,
                                            monitor.server_port)
    app.state.tasks = [asyncio.create_task(engine.watch_file()),
                       asyncio.create_task(engine.run_batches())]
    yield
    for task in app.state.tasks:
        task.cancel()
    monitor.shutdown()
    monitor.server_close()


# without openapi_url there is no /docs, a page that loads its script from elsewhere
app = FastAPI(lifespan=lifespan, openapi_url=None, dependencies=[Depends(protocol.expected_host)])


Body = Annotated[bytes, Depends(protocol.limited_body)]


async def answer(form, read, *request):
    """Reads the images, runs them, and puts the logits into the protocol's form. A header says
    where the time went."""
    start, engine = time.perf_counter(), app.state.engine
    if engine.model is None:
        raise HTTPException(503, "no model is loaded")
    try:
        images = read(*request)
    except ValueError as error:
        raise HTTPException(422 if isinstance(error, protocol.NoPicture) else 400,
                            str(error)) from None
    checked = time.perf_counter()
    try:
        logits, version, run = await engine.logits(images)
    except asyncio.QueueFull:
        raise HTTPException(503, "too many requests wait", {"Retry-After": "1"}) from None
    ran = time.perf_counter()
    reply = JSONResponse(form(logits, version))
    end = time.perf_counter()
    parts = {"check": checked - start, "wait": ran - checked - run, "run": run, "write": end - ran}
    reply.headers["Server-Timing"] = ", ".join(f"{part};dur={1000 * seconds:.3f}"
                                               for part, seconds in parts.items())
    SECONDS.observe(end - start)
    ANSWERS.labels(200).inc()
    return reply


@app.post(f"/v1/models/{NAME}:predict")
async def predict(body: Body):
    return await answer(lambda logits, version: {"predictions": logits.tolist()},
                        protocol.predict_images, body)


@app.get(f"/v1/models/{NAME}")
async def status():
    model = app.state.engine.model
    # a whole number of 63 bits, says this protocol
    state = {"version": str(int(model.version[:16], 16) >> 1) if model else "0",
             "state": "AVAILABLE" if model else "LOADING"}
    return {"model_version_status": [{**state,
                                      "status": {"error_code": "OK", "error_message": ""}}]}


@app.post(f"/v2/models/{NAME}/infer")
async def infer(body: Body,
                inference_header_content_length: Annotated[str | None, Header()] = None):
    def form(logits, version):
        output = {"name": "logits", "shape": logits.shape, "datatype": "FP32",
                  "data": logits.ravel().tolist()}
        return {"model_name": NAME, "model_version": version, "outputs": [output]}
    return await answer(form, protocol.infer_images, body, inference_header_content_length)


@app.get("/v2")
async def server():
    return {"name": "one-cnn", "version": "1", "extensions": ["binary_tensor_data"]}


@app.get(f"/v2/models/{NAME}")
async def metadata():
    model = app.state.engine.model
    return {"name": NAME,
            "versions": [model.version] if model else [], "platform": "onnx_onnxruntime",
            "inputs": [{"name": "images", "datatype": "FP32", "shape": [-1, 1, 28, 28]}],
            "outputs": [{"name": "logits", "datatype": "FP32", "shape": [-1, 10]}]}


@app.get("/v2/health/live")
async def live(response: Response):
    response.status_code = 503 if any(task.done() for task in app.state.tasks) else 200
    return {"live": response.status_code == 200}


@app.get("/v2/health/ready")
@app.get(f"/v2/models/{NAME}/ready")
async def ready(response: Response):
    response.status_code = 200 if app.state.engine.model else 503
    return {"ready": response.status_code == 200}


@app.exception_handler(AnyHTTPException)
async def refuse(request: Request, error: AnyHTTPException):
    """One form for every refusal, which both protocols share; an unknown address is told what there
    is."""
    ANSWERS.labels(error.status_code).inc()
    where = f"nothing at {request.url.path[:80]}: the model is called {NAME}"
    return JSONResponse({"error": where if error.status_code == 404 else error.detail},
                        error.status_code, headers=error.headers)
