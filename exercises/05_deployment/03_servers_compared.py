# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Exercise: five servers, one request
#
# Four tasks on
# [the notebook about servers](../../notebooks/05_deployment/03_servers_compared.ipynb), about 35
# minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or
# `[no]` with a hint. Nothing breaks if you run everything at once. No task starts a server; the
# last cell, if you want it, starts Ray Serve.

# %%
from onecnn import lesson

lesson.start()

# %%
import json

import numpy as np

from onecnn import cells, checks, contract, mnist, paths, reference, trained

SERVERS = paths.programs("05_deployment/03_servers_compared")
clients = cells.program("05_deployment/03_servers_compared/clients")

digits, weights = mnist.load(), trained.weights("pytorch")
pixels = np.rint(digits.test_images * 255).astype(int)  # what a camera or a canvas sends: 0 to 255

# %% [markdown]
# ## 1. The door of a handler
#
# Complete `images(body)`, the first half of a TorchServe handler. `body` is either text as bytes
# or, already parsed, a list: of digits of shape 1 x 28 x 28 with whole numbers from **0 to 255**.
# Return `N x 1 x 28 x 28`, float32, as the network was trained. Anything else must raise
# `ValueError`: another shape, words, no digits, a number outside 0 to 255 or none at all (NaN),
# text that is no JSON.

# %%
def images(body):
    raise NotImplementedError("your code here")


# %%
def refused(body):
    """True if ``images`` raises ValueError, and nothing else."""
    try:
        images(body)
    except ValueError:
        return True
    return False


def opens():
    for form in (pixels.tolist(), json.dumps(pixels.tolist()).encode()):
        verdict = contract.judge(reference.logits(weights, images(form)), weights)
        if not verdict.holds:
            return f"the contract: {verdict}"
    if images(pixels[:2].tolist()).dtype != np.float32:
        return "float32 was asked for"
    one = pixels[:1].astype(float)
    nothing, above = one.copy(), one.copy()
    nothing[0, 0, 14, 14], above[0, 0, 14, 14] = np.nan, 256
    bad = {"a flat list": one.reshape(1, 784), "no digits": one[:0], "a NaN": nothing, "256": above,
           "channels last": one.reshape(1, 28, 28, 1)}
    for what, value in bad.items():
        if not refused(value.tolist()):
            return f"{what} should raise ValueError"
    if not (refused(["seven"]) and refused({"digits": 1}) and refused(b"[[[[0, ")):
        return "words, an object, and half a JSON should raise ValueError"
    return True


checks.grade("1 door", opens,
             hint="parse bytes, make an array, check its shape and its numbers, divide by 255")

# %% [markdown]
# ## 2. From V1 to V2
#
# Your callers send V1, `{"instances": [...]}`. The new server speaks V2 only. Translate the
# request: one input called `images`, datatype `FP32`, its shape, and the numbers in **one flat
# list**, row by row. And translate the reply back to V1: `{"predictions": [...]}`, one list of ten
# for each digit.

# %%
def to_v2(body):
    raise NotImplementedError("your code here")


def to_v1(reply):
    raise NotImplementedError("your code here")


# %%
def server_v2(body):
    """A V2 server in one function: strict, as KServe is."""
    given, = body["inputs"]
    array = np.array(given["data"], np.float32)
    asked = set(given) == {"name", "datatype", "shape",
                           "data"} and given["name"] == "images" and given["datatype"] == "FP32"
    if not asked or array.ndim != 1:
        raise ValueError("one input with name images, datatype FP32, shape, and a flat list "
                         "as data")
    logits = reference.logits(weights, array.reshape(given["shape"]))
    return {"outputs": [{"name": "logits", "datatype": "FP32", "shape": list(logits.shape),
                         "data": logits.ravel().tolist()}]}


def translates():
    asked = {"instances": digits.test_images.tolist()}
    sent = json.loads(json.dumps(to_v2(asked)))  # it must be JSON
    if sent["inputs"][0]["shape"] != [1000, 1, 28, 28]:
        return f"the shape of 1,000 digits is [1000, 1, 28, 28], not {sent['inputs'][0]['shape']}"
    back = json.loads(json.dumps(to_v1(server_v2(sent))))
    if np.shape(back["predictions"]) != (1000, 10):
        return ("V1 has one list of ten for each digit; yours has the shape "
                f"{np.shape(back['predictions'])}")
    verdict = contract.judge(back["predictions"], weights)
    return verdict.holds or f"the contract: {verdict}"


checks.grade("2 protocol", translates,
             hint="ravel() makes a flat list, row by row; reshape undoes it")

# %% [markdown]
# ## 3. Read what locust wrote
#
# `locust --json` gives, for each kind of request, a histogram: how many answers took how many
# milliseconds. Return a dict with `p50` and `p99` (the least time within which that share of the
# answers came), `mean` in ms, and `per_second`: answers divided by the seconds between start and
# last answer.

# %%
WRITTEN = """{"response_times": {"12": 30, "3": 800, "250": 20, "4": 150}, "num_requests": 1000, "num_failures": 0,
              "start_time": 100.0, "last_request_timestamp": 104.0}"""


def summary(text):
    raise NotImplementedError("your code here")


# %%
def reads():
    found = summary(WRITTEN)
    if found["p50"] != 3:
        return ("p50: 800 of 1,000 answers took 3 ms, so half of them came within 3, not "
                f"{found['p50']:g}")
    if found["p99"] != 250:
        return ("p99: within 12 ms came 980 of 1,000 answers, which is less than 99 %; not "
                f"{found['p99']:g}")
    if abs(found["mean"] - 8.36) > 1e-9:
        return f"mean: each time counts as often as it occurred; 8.36 ms, not {found['mean']:g}"
    even = summary(WRITTEN.replace('"3": 800', '"3": 810').replace('"250": 20', '"250": 10'))
    if even["p99"] != 12:
        return "p99: here just 990 of 1,000 answers came within 12 ms, which is 99 %"
    return found["per_second"] == 250 or "1,000 answers in 4 seconds"


checks.grade("3 locust", reads,
             hint="sort the times as numbers, not as words; then count until the share is reached")

# %% [markdown]
# ## 4. Which server would you put on the internet?
#
# Seven servers stand before you, each as a function: `post(text)` gives `(status, text)`, like the
# network, and raises `ConnectionError` if nobody answers. They speak V1. Write `safe(post)`: True
# only if the server holds the contract with the 1,000 test digits (ask in batches of 100), answers
# **4xx** to each bad request, and still answers rightly afterwards.

# %%
BAD = clients.bad_requests("FastAPI", digits.test_images[0])  # by name: the text to send


def safe(post):
    raise NotImplementedError("your code here")


# %%
def answers(images):
    """The logits that these images give, kept under the digits' own bytes: looking them up is
    faster than computing."""
    return dict(zip((digit.tobytes() for digit in digits.test_images),
                    reference.logits(weights, images)))


RIGHT, WRONG = answers(digits.test_images), answers(digits.test_images.transpose(0, 1, 3, 2))


class Server:
    """A server with at most one fault."""

    def __init__(self, fault):
        self.fault, self.alive, self.truth = (fault, True,
                                              WRONG if fault == "reads columns as rows" else RIGHT)

    def __call__(self, text):
        if not self.alive:
            raise ConnectionError("connection refused")
        try:
            images = clients_check(text, nan=self.fault == "lets NaN in")
        except ValueError as error:
            if self.fault == "dies":
                self.alive = False
                raise ConnectionError("connection reset") from None
            return (500 if self.fault == "says 500" else 400), str(error)
        found = np.array([self.truth.get(image.tobytes(), np.zeros(10)) for image in images])
        return 200, json.dumps({"predictions": (found[::-1] if self.fault == "mixes up a batch"
                                                else found).tolist()})


def clients_check(text, nan):
    array = np.asarray(json.loads(text)["instances"], np.float32)
    if array.shape[1:] != (1, 28, 28) or not len(array) or not (nan or np.isfinite(array).all()):
        raise ValueError("not digits")
    return array.astype(np.float32)


# %%
def tells():
    if not safe(Server("none")):
        return "the server without a fault is safe"
    for fault in ("reads columns as rows", "lets NaN in", "says 500", "dies", "mixes up a batch"):
        if safe(Server(fault)):
            return f"a server with this fault is not safe: {fault}"

    class Later(Server):
        """Sound until a bad request has come; then its numbers are wrong."""

        def __call__(self, text):
            status, answer = super().__call__(text)
            self.truth = RIGHT if status == 200 else WRONG
            return status, answer
    return (not safe(Later("none"))
            or "this one answers after the bad requests, but wrongly: ask it again, and compare")


checks.grade("4 safe", tells, hint="contract.judge on the logits of all 1,000; then the bad ones; "
             "then some digits again")

# %% [markdown]
# ## If you have a minute and 1 GB: start Ray Serve
#
# Set `RAY` to `True`. It starts a Ray of its own, holds its server to the contract, and ends all of
# it. There is no check but the contract.

# %%
RAY = False
if RAY:
    import tempfile
    from pathlib import Path

    fleet = cells.program("05_deployment/03_servers_compared/fleet")
    with tempfile.TemporaryDirectory() as scratch:
        fleet.prepare(Path(scratch))
        with fleet.start("Ray Serve", Path(scratch)) as server:
            found = clients.ask("Ray Serve", server.url, digits.test_images)
            print("processes:", len(fleet.processes(server.mark)), " the contract",
                  contract.judge(found, weights))
