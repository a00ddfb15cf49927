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
# Four tasks on [the notebook about
# servers](../../notebooks/05_deployment/03_servers_compared.ipynb), about 45 minutes. Fill in what
# is missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]` with a hint.
# The checks are folded: try before you unfold one. Stuck? *Show me a way* unfolds below each check.
# Nothing breaks if you run everything at once. No task starts a server; the last cell, if you want
# it, starts Ray Serve.

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
# ## 1. The door of a handler (complete)
#
# Complete `images(body)`, the first half of a TorchServe handler. `body` is either text as bytes
# or, already parsed, a list: of digits of shape 1 x 28 x 28 with whole numbers from **0 to 255**.
# Return `N x 1 x 28 x 28`, float32, as the network was trained. Anything else must raise
# `ValueError`: another shape, rows of different lengths, words (`"7"` too), no digits, truth
# values, a fraction, a number outside 0 to 255 or none at all (NaN, null), text that is no JSON.


# %%
def images(body):
    ### BEGIN SOLUTION
    array = np.array(json.loads(body) if isinstance(body, bytes) else body, object)
    if array.shape[1:] != (1, 28, 28):
        raise ValueError("another shape")
    if not all(type(pixel) in (int, float) and pixel in range(256) for pixel in array.flat):
        raise ValueError("a pixel is no whole number from 0 to 255")
    return array.astype(np.float32) / 255
    ### END SOLUTION


# %%
def bad_bodies(random):
    """What no handler should let in, by what is wrong."""
    found = {"words": ["seven"], "an object": {"digits": 1}, "a number": 7, "nothing": None,
             "half a JSON": b"[[[[0, ", "no JSON": b"seven", "a word": b'"seven"', "no digits": []}
    for shape in ((784,), (28, 28), (28, 28, 1), (1, 28, 27), (1, 27, 28), (2, 28, 28)):
        found[f"two digits of {shape}"] = random.randint(256, size=(2, *shape)).tolist()
    for value in (np.nan, np.inf, -1, -0.5, 256, 255.5, 127.25, 254.99999999, 1e-12, 10 ** 400,
                  None, True, False, "7", [7]):
        for place in ((0, 0, *random.randint(28, size=2)), (1, 0, 27, 27)):
            bad = random.randint(256, size=(2, 1, 28, 28)).astype(object)
            bad[place] = value
            found[f"a pixel {str(value)[:5]!r} at {place}"] = bad.tolist()
    ragged = random.randint(256, size=(2, 1, 28, 28)).tolist()
    ragged[1][0][random.randint(28)].pop()
    return {**found, "a short row": ragged}


# %%
def opens():
    random = checks.random(1)
    for count in (1, 3, 40):
        right = random.randint(256, size=(count, 1, 28, 28))
        right.flat[:2] = 0, 255
        for body in (right.tolist(), json.dumps(right.tolist()).encode()):
            found = images(body)
            if getattr(found, "dtype", None) != np.float32 or found.shape != right.shape:
                return "an array of float32 was asked for, with a digit for each digit"
            if not np.allclose(found, right / 255, rtol=1e-6, atol=0):
                return "what was the network trained with, where a canvas sends 255?"
    for what, body in bad_bodies(random).items():
        for form in (body, body if isinstance(body, bytes) else json.dumps(body).encode()):
            try:
                images(form)
            except ValueError:
                continue
            return f"{what} got through, as {type(form).__name__}"
    return True


checks.grade("1 door", opens, hint="which of these does NumPy turn into a number without a word? "
             "and when is it too late to look?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Parse bytes first; a broken JSON raises a `ValueError` of its own. An array of type `object` keeps
# each pixel as it came, so you can look at the shape, then at each pixel's type and value: `range`
# knows which numbers are whole and inside. Then make it float32, and divide.
#
# </details>

# %% [markdown]
# ## 2. From V1 to V2 (port)
#
# Your callers send V1, `{"instances": [...]}`. The new server speaks V2 alone. Translate the
# request: one input called `images`, datatype `FP32`, its shape, and the numbers in **one flat
# list**, row by row. And translate the reply back to V1: `{"predictions": [...]}`, one list of ten
# for each digit. Both must be fit for `json.dumps`, and what you are given stays as it is.


# %%
def to_v2(body):
    ### BEGIN SOLUTION
    array = np.array(body["instances"])
    return {"inputs": [{"name": "images", "datatype": "FP32", "shape": array.shape,
                        "data": array.ravel().tolist()}]}
    ### END SOLUTION


def to_v1(reply):
    ### BEGIN SOLUTION
    output, = reply["outputs"]
    return {"predictions": np.reshape(output["data"], output["shape"]).tolist()}
    ### END SOLUTION


# %%
def reads_v2(sent, instances):
    """What a V2 server, strict as KServe is, has against a request for these instances."""
    given, = sent["inputs"]
    if set(given) != {"name", "datatype", "shape", "data"} or set(sent) != {"inputs"}:
        return f"an input with the keys {sorted(given)}, in an object with {sorted(sent)}"
    if (given["name"], given["datatype"]) != ("images", "FP32"):
        return "what are the input and its datatype called?"
    if given["shape"] != list(instances.shape):
        return f"for {len(instances)} digits you say: shape {given['shape']}"
    data = np.array(given["data"])
    if data.ndim != 1:
        return "the data is no flat list of numbers"
    same = data.size == instances.size and np.allclose(data, instances.ravel(), atol=1e-7)
    return "" if same else "other numbers, or another order than row by row"


# %%
def translates():
    random = checks.random(2)
    for count in (3, 1, 20):
        asked = {"instances": random.rand(count, 1, 28, 28).tolist()}
        before = json.dumps(asked)
        wrong = reads_v2(json.loads(json.dumps(to_v2(asked))), np.array(asked["instances"]))
        if wrong or json.dumps(asked) != before:
            return wrong or "the request was changed"
        logits = random.randn(count, 10)
        reply = {"outputs": [{"name": "logits", "datatype": "FP32", "shape": list(logits.shape),
                              "data": logits.ravel().tolist()}]}
        before = json.dumps(reply)
        back = json.loads(json.dumps(to_v1(reply)))
        if set(back) != {"predictions"} or json.dumps(reply) != before:
            return "V1's answer has one key, and the reply stays as it is"
        if np.shape(back["predictions"]) != logits.shape:
            return f"{count} digits: predictions of shape {np.shape(back['predictions'])}"
        if not np.allclose(back["predictions"], logits):
            return f"{count} digits: the ten logits of a digit are not those of that digit"
    return True


checks.grade("2 protocol", translates, hint="which of NumPy's methods makes one axis of all, and "
             "which makes the axes again? what has JSON no word for?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# There: make an array, write its shape as a list, and flatten it, the last axis first, as NumPy
# does by itself. Back: the reply says which shape its flat data had. In both, `tolist` makes
# Python's own numbers, which JSON knows.
#
# </details>

# %% [markdown]
# ## 3. Read what locust wrote (complete)
#
# `locust --json` gives, for each kind of request, a histogram: how many answers took how many
# milliseconds. Return a dict with `p50` and `p99` (the least of these times within which at least
# that share of the answers came), `mean` in ms, and `per_second`: answers divided by the seconds
# between start and last answer.

# %%
WRITTEN = """{"response_times": {"12": 30, "3": 800, "250": 20, "4": 150}, "num_requests": 1000, "num_failures": 0,
              "start_time": 100.0, "last_request_timestamp": 104.0}"""


def summary(text):
    ### BEGIN SOLUTION
    found = json.loads(text)
    times = np.repeat([float(ms) for ms in found["response_times"]],
                      list(found["response_times"].values()))
    p50, p99 = np.percentile(times, [50, 99], method="inverted_cdf")
    return {"p50": p50, "p99": p99, "mean": times.mean(),
            "per_second": len(times) / (found["last_request_timestamp"] - found["start_time"])}
    ### END SOLUTION


# %%
def written(counts, start, seconds):
    """What locust writes."""
    return json.dumps({"response_times": {str(ms): int(count) for ms, count in counts.items()},
                       "num_requests": int(sum(counts.values())), "num_failures": 0,
                       "start_time": start, "last_request_timestamp": start + seconds})


def within(counts, share):
    """The least time within which ``share`` answers of a hundred came, with whole numbers."""
    total = sum(counts.values())
    return min(ms for ms in counts
               if 100 * sum(counts[one] for one in counts if one <= ms) >= share * total)


# %%
def reads():
    random = checks.random(3)
    cases = [({12: 30, 3: 800, 250: 20, 4: 150}, 100.0, 4.0), ({1200: 1}, 0.0, 0.5),
             ({12: 30, 3: 810, 250: 10, 4: 150}, 7.0, 2.5), ({90: 500, 100: 500}, 1.0, 8.0),
             ({90: 499, 100: 501}, 1.0, 8.0), ({7: 989, 11: 11}, 0.0, 3.0),
             ({7: 158, 11: 2}, 0.0, 3.0)]
    for size in (2, 5, 9, 9):
        times = random.choice(np.arange(1, 3000), size, replace=False).tolist()
        cases.append((dict(zip(times, random.randint(1, 900, size).tolist())), 1e6 * random.rand(),
                      random.uniform(1, 9)))
    for counts, start, seconds in cases:
        total, found = sum(counts.values()), summary(written(counts, start, seconds))
        right = {"p50": within(counts, 50), "p99": within(counts, 99),
                 "mean": sum(ms * count for ms, count in counts.items()) / total,
                 "per_second": total / seconds}
        for name, number in right.items():
            if not np.isclose(found[name], number, rtol=1e-6):
                return f"not {name} {found[name]:g} for this histogram: {counts}, {seconds:g} s"
    return True


checks.grade("3 locust", reads,
             hint="in which order are words sorted? and how often does each time count?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# JSON's keys are words, and as a word 12 comes before 3: make numbers of them. Either repeat each
# time as often as it occurred and sort; or go through the sorted times, add up the counts, and stop
# where the share is reached. Between two times there is none: nothing is interpolated.
#
# </details>

# %% [markdown]
# ## 4. Which server would you put on the internet? (design)
#
# Servers stand before you, each as a function: `post(text)` gives `(status, text)`, like the
# network, and raises `ConnectionError` if nobody answers. They speak V1. Design the test: write
# `safe(post)`, True if the server is fit, False for all others. Fit is who answers the 1,000 test
# digits with status 200 and holds the contract (`ASKED` has the ten requests, 100 digits each),
# answers each bad request (`BAD`) with **4xx**, and after all of them still holds the contract.
# Whatever a server answers, words or another JSON too, `safe` raises nothing. Each post takes its
# time: at most 40 for a server.

# %%
BAD = clients.bad_requests("FastAPI", digits.test_images[0])  # by name: the text to send
ASKED = [json.dumps({"instances": part.tolist()}) for part in np.split(digits.test_images, 10)]


def safe(post):
    ### BEGIN SOLUTION
    def holds():
        replies = [post(text) for text in ASKED]
        return all(status == 200 for status, _ in replies) and contract.judge(
            np.concatenate([json.loads(text)["predictions"] for _, text in replies]), weights).holds

    try:
        return holds() and all(400 <= post(text)[0] < 500 for text in BAD.values()) and holds()
    except (ConnectionError, ValueError, KeyError, TypeError):  # nobody there, or no such logits
        return False
    ### END SOLUTION


# %% [markdown]
# The servers of the check. Each may have a fault: `broken(kind, number)` is told the request's kind
# (`"good"`, or a bad one's name) and its number, from 1. It returns what the server does instead.

# %%
RIGHT = reference.logits(weights, digits.test_images)
DIGIT = {digit.tobytes(): logits for digit, logits in zip(digits.test_images, RIGHT)}


def read(text):
    """The digits in a request, or ``ValueError``."""
    found = np.asarray(json.loads(text)["instances"], np.float32)
    if found.shape[1:] != (1, 28, 28) or not len(found) or not np.isfinite(found).all():
        raise ValueError("not digits")
    return found


def right_logits(text):
    """What a sound server answers; looking it up is faster than computing."""
    if text in ASKED:
        return RIGHT[100 * ASKED.index(text):][:100]
    return np.array([DIGIT.get(digit.tobytes(), np.zeros(10)) for digit in read(text)])


# %%
class Server:
    def __init__(self, broken=lambda kind, number: None, noise=0.0, refusal=400):
        self.broken, self.noise, self.refusal, self.number = broken, noise, refusal, 0

    def __call__(self, text):
        self.number += 1
        kind = next((name for name, bad in BAD.items() if bad == text), "good")
        instead = self.broken(kind, self.number)
        if isinstance(instead, Exception):
            raise instead
        if isinstance(instead, str):
            return 200, instead
        if isinstance(instead, int) and kind != "good":
            return instead, json.dumps({"predictions": [[0.0] * 10]})
        if kind != "good":
            return self.refusal, "no digits"
        logits = right_logits(text) * (1 + self.noise)
        if callable(instead):
            logits = instead(logits)
        return (instead if isinstance(instead, int) else 200), json.dumps(
            {"predictions": logits.tolist()})


# %%
def spoiling(digit):
    """Makes the logits of one digit in a batch a little wrong."""
    def spoils(logits):
        logits = logits.copy()
        logits[digit] += 0.01 * np.abs(RIGHT).max()
        return logits
    return spoils


# %%
def faults(random):
    """``{what is wrong: broken}``."""
    batch = random.randint(10)
    gone, late = ConnectionError("reset"), 10 + len(BAD)
    found = {"nobody there": lambda kind, n: gone,
             "dies in between": lambda kind, n: gone if n == 7 else None,
             "dies at the end": lambda kind, n: gone if n > late else None}
    names = random.permutation(list(BAD))
    for name, answer in [*((name, 200) for name in names), *zip(names, (302, 399, 500, 503, gone))]:
        found[f"answers {answer} to {name}"] = (
            lambda kind, n, name=name, answer=answer: answer if kind == name else None)

    for what, how in {"mixes up": np.flipud, "is a little wrong in": spoiling(random.randint(100)),
                      "loses a digit of": lambda logits: logits[1:], "says 500 in": 500,
                      "has no numbers in": lambda logits: logits * np.nan, "says 201 in": 201,
                      "answers words to": "seven", "answers a list to": "[1, 2]", "answers null to":
                      '{"predictions": null}', "is mute in": "{}"}.items():
        found[f"{what} one batch"] = lambda kind, n, how=how: how if n == batch + 1 else None
        found[f"{what} one batch, later"] = (lambda kind, n, how=how:
                                             how if n == late + batch + 1 else None)
    return found


# %%
def counted(server):
    """What ``safe`` says of it; raises if it asks too often."""
    found = safe(server)
    if not isinstance(found, (bool, np.bool_)):
        raise TypeError(f"True or False was asked for, not {found!r}")
    if server.number > 40:
        raise ValueError(f"{server.number} posts: at most 40 for a server")
    return bool(found)


def tells():
    for refusal in (400, 422, 404, 499):
        if not counted(Server(noise=1e-7 if refusal == 422 else 0, refusal=refusal)):
            return f"a server that refuses with {refusal} and is right otherwise is fit"
    for what, broken in faults(checks.random(4)).items():
        if counted(Server(broken)):
            return f"a server with this fault is not fit: {what}"
    return True


checks.grade("4 safe", tells, hint="what could be wrong with one batch, with one status, with the "
             "time after the bad requests? who would notice?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# One inner function asks all ten texts, looks at each status, puts the predictions together and
# lets the contract judge. Call it twice, once before and once after the bad requests. Between them
# each status must lie from 400 to 499. Around all of it, a server that nobody hears is not fit.
#
# </details>

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
