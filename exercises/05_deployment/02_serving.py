# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Exercise: behind an address
#
# Four tasks and a capstone on [the notebook about
# serving](../../notebooks/05_deployment/02_serving.ipynb), about 75 minutes. Fill in what is
# missing, run the cell below it, and read the check: `[ok]`, `[todo]`, or `[no]` with a hint. The
# checks are folded: try before you unfold one. Stuck? *Show me a way* unfolds below each check.
# Nothing breaks if you run everything at once. The capstone's check starts your server on this
# machine and ends it; the last cell, if you want it, puts your validation into the chapter's.

# %%
from onecnn import lesson

lesson.start()

# %%
import asyncio
import inspect
import json
import tempfile
from contextlib import suppress
from pathlib import Path

import kubernetes_validate as k8s
import numpy as np
import yaml

from onecnn import cells, checks, contract, launch, mnist, paths, reference, spec, trained
from onecnn.onnx_file import write_onnx

SERVICE = paths.programs("05_deployment/02_serving")
images = mnist.load().test_images

# %% [markdown]
# ## 1. Turn it away (complete)
#
# `instances` is what a JSON parser made of a request: lists of lists of numbers, if all is well.
# Return it as a float32 array of shape `N x 1 x 28 x 28`, with `N` from 1 to 128. For all else
# raise `ValueError` with one line that says why: a wrong or ragged shape, objects, text or truth
# values for numbers, NaN, infinity, and pixels outside 0 to 1. No other exception may get out, and
# the lists stay as they are.


# %%
def validated(instances):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def some_digits(random, count, shape=(1, 28, 28)):
    """Digits as lists, each with pixels that are 0 or 1, without a decimal point."""
    found = random.rand(count, *shape).round(3).tolist()
    for digit in found:
        digit[0][0][0], digit[-1][-1][-1] = 0, 1
    return found


def bad_pixels(random):
    """Digits with one wrong pixel each, by what is wrong; somewhere, and in the last place."""
    values = {"NaN": np.nan, "infinity": np.inf, "less than infinity": -np.inf, "null": None,
              "text": "0.5", "true": True, "false": False, "255": 255, "just above 1": 1 + 1e-12,
              "just below 0": -1e-12, "too large for a float": 10 ** 400, "a list": [0.5],
              "an object": {}}
    for what, value in values.items():
        for digit, row, column in ((random.randint(3), *random.randint(28, size=2)), (2, 27, 27)):
            digits = some_digits(random, 3)
            digits[digit][0][row][column] = value
            yield f"a pixel that is {what}", digits


# %% jupyter={"source_hidden": true}
def bad_shapes(random):
    """Wrong shapes, by what is wrong."""
    for shape in ((28, 28), (1, 28, 27), (1, 27, 28), (2, 28, 28), (28, 28, 1), (1, 28, 28, 1)):
        yield f"two digits of shape {shape}", random.rand(2, *shape).tolist()
    for count in (0, 129):
        yield f"{count} digits", some_digits(random, count)
    short, low, one, deep = (some_digits(random, 4) for _ in range(4))
    short[3][0][random.randint(28)].pop()
    low[random.randint(4)][0].pop()
    one[2] = []
    deep[1][0][5] = 0.5
    yield from {"a short row": short, "a missing row": low, "an empty digit": one,
                "a number for a row": deep, "one digit alone": some_digits(random, 1)[0],
                "a number": 7, "nothing": None, "text": "seven", "true": True, "lists": [[[[]]]],
                "an object": {"instances": some_digits(random, 1)}, "words": ["seven"]}.items()


# %% jupyter={"source_hidden": true}
def turns_away():
    random = checks.random(1)
    for count in (1, 2, 127, 128):
        digits = some_digits(random, count)
        given = json.loads(json.dumps(digits))
        found = validated(given)
        if json.dumps(given) != json.dumps(digits):
            return f"{count} good digits: the lists were changed"
        if not isinstance(found, np.ndarray) or found.dtype != np.float32:
            return "an array of float32 was asked for"
        if not np.array_equal(found, np.array(digits, np.float32)):
            return f"{count} good digits must come back unchanged"
    for what, instances in [*bad_pixels(random), *bad_shapes(random)]:
        before = json.dumps(instances)
        try:
            validated(instances)
        except ValueError as error:
            if len(str(error).splitlines()) != 1:
                return f"{what}: say in one line why"
        else:
            return f"{what} got through"
        if json.dumps(instances) != before:
            return f"{what}: the lists were changed"
    return True


checks.grade("1 validated", turns_away, hint="what must be true of the lists on each level? and of "
             "each pixel, before NumPy makes a float of it?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# NumPy is too kind: it makes 1 of `True` and 0.5 of `"0.5"`. So look at the lists themselves, level
# by level: on each, every part is a list of the right length, and their items are the next level.
# At the bottom look at each pixel's type and range; NaN fails every comparison. What is left is an
# array for sure.
#
# </details>

# %% [markdown]
# ## 2. Numbers that do not lie (complete)
#
# A load test wrote down when each request was sent and when its answer came, in seconds: two lists,
# in the same order. Return a dict of four numbers:
#
# - `rate`: answers a second, over the `seconds` of the test;
# - `p99`: the milliseconds that all but one in a hundred stay below (`np.percentile`);
# - `mean`: the mean milliseconds;
# - `busy`: how many requests were under way, on average. You have all you need for Little's law.


# %%
def report(sent, answered, seconds):
    raise NotImplementedError("your code here")


# %% jupyter={"source_hidden": true}
def load_test(random, count, seconds):
    """``(sent, answered, under way on average)``; the last by counting from each moment at which
    something happens to the next, without any law."""
    waits = np.where(random.rand(count) < 0.03, 0.4, 0.05) * random.uniform(0.9, 1.1, count)
    sent = random.uniform(0, seconds - 1, count)
    moments = np.sort([0, *sent, *(sent + waits), seconds])
    under_way = [((sent <= moment) & (moment < sent + waits)).sum() for moment in moments[:-1]]
    return sent.tolist(), (sent + waits).tolist(), under_way @ np.diff(moments) / seconds


# %% jupyter={"source_hidden": true}
def reports():
    random = checks.random(2)
    for count, seconds in ((2000, 20.0), (301, 3.5), (1, 2.0)):
        sent, answered, busy = load_test(random, count, seconds)
        waits = np.array(answered) - np.array(sent)
        right = {"rate": count / seconds, "p99": 1000 * np.percentile(waits, 99),
                 "mean": 1000 * waits.mean(), "busy": busy}
        found = report(list(sent), list(answered), seconds)
        for name, number in right.items():
            if not np.isclose(found[name], number, rtol=1e-6):
                return f"{name} is not right for {count} requests in {seconds:g} seconds"
    return True


checks.grade("2 report", reports, hint="which of the four are milliseconds? and which two numbers "
             "does Little multiply?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# `np.subtract` takes one list from the other: that is how long each request waited. The rate is
# their number over the test's seconds, not over the waiting. Little's law: the number under way is
# the rate times the mean wait, both in seconds; a thousand makes milliseconds of the other two.
#
# </details>

# %% [markdown]
# ## 3. Mend a manifest (mend)
#
# The schema accepts it. Yet the Service finds no pod, pods are killed while they load, the
# autoscaler does nothing, and a rollout takes all copies away at once. Make `mended` from it:
# `manifest.replace("old", "new")` is enough, four times. The pods keep their labels, in a rollout
# at most one copy may be missing, a copy never needs more than two processors, and whatever has no
# fault stays as it is.

# %%
manifest = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: digits}
spec:
  replicas: 3
  selector: {matchLabels: {app: digits}}
  strategy: {rollingUpdate: {maxUnavailable: 100%}}
  template:
    metadata: {labels: {app: digits}}
    spec:
      containers:
        - name: service
          image: registry.example.com/digits:1
          ports: [{name: http, containerPort: 8000}]
          readinessProbe: {httpGet: {path: /v2/health/ready, port: http}}
          livenessProbe: {httpGet: {path: /v2/models/digits/ready, port: http}}
          resources: {requests: {memory: 128Mi}, limits: {memory: 256Mi}}
---
apiVersion: v1
kind: Service
metadata: {name: digits}
spec:
  selector: {app: digit}
  ports: [{port: 80, targetPort: http}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: digits}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: digits}
  maxReplicas: 8
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]
"""
mended = ...  # your answer here


# %% jupyter={"source_hidden": true}
def mendable(text):
    """The documents, and the four places that have a fault: ``(the part, its key)``."""
    documents = deployment, service, _ = list(yaml.safe_load_all(text))
    container, = deployment["spec"]["template"]["spec"]["containers"]
    return documents, {"missing": (deployment["spec"]["strategy"]["rollingUpdate"],
                                   "maxUnavailable"),
                       "alive": (container["livenessProbe"]["httpGet"], "path"),
                       "cpu": (container["resources"]["requests"], "cpu"),
                       "selector": (service["spec"], "selector")}


# %% jupyter={"source_hidden": true}
def is_cpu(quantity):
    """Whether it is more than none, at most two, as Kubernetes writes them: 2, 0.5 or 500m."""
    text = str(quantity)
    try:
        count = float(text.removesuffix("m")) / (1000 if text.endswith("m") else 1)
    except ValueError:
        return False
    return 0.001 <= count <= 2


# %% jupyter={"source_hidden": true}
def is_one_of_three(missing):
    """Whether it is 0 or 1, or a share of three copies that Kubernetes rounds to these."""
    if isinstance(missing, str):
        return missing in {f"{share}%" for share in range(67)}
    return type(missing) is int and missing in (0, 1)


def healthy():
    """The manifest without the four places."""
    documents, places = mendable(manifest)
    for part, key in places.values():
        part.pop(key, None)
    return documents


# %% jupyter={"source_hidden": true}
def works(text):
    documents, places = mendable(text)
    for document in documents:
        try:
            k8s.validate(document, "1.37", strict=True)
        except k8s.ValidationError as error:
            return f"{document['kind']}: {error.message}"
    chosen = {name: part.pop(key, None) for name, (part, key) in places.items()}
    if chosen["selector"] != {"app": "digits"}:
        return "by what does the Service choose its pods, and what do they have?"
    if chosen["alive"] != "/v2/health/live":
        return "which address says: do not kill me, I load?"
    if not is_cpu(chosen["cpu"]):
        return "70 % of which CPU? What does the autoscaler divide by, and how much is that?"
    if not is_one_of_three(chosen["missing"]):
        return "how many copies of three may be missing in a rollout?"
    return documents == healthy() or "something that had no fault was changed, too"


checks.grade("3 manifest", works, hint="whom does each part name, ask, or count on? read the four "
             "complaints again, one by one", answer=mended)

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Take the complaints in turn. A Service finds pods by their labels, letter by letter. The liveness
# probe asks the model's address, which answers late: ask the one that says "I live". An autoscaler
# for CPU divides by what a pod *requests*, and nothing is requested. And `maxUnavailable` says what
# it says.
#
# </details>

# %% [markdown]
# ## 4. Collect a batch (port)
#
# Write the heart of dynamic batching. Wait for a first item, as long as it takes. From then on
# collect until `most` items are there or `wait` seconds are over, whichever comes first. Return the
# list, in the order in which they came, whatever they are, and lose none: what is not in the list
# stays in the queue. `async with asyncio.timeout(wait)` raises `TimeoutError` when its time is
# over. Ask no clock but the event loop's (`asyncio.timeout`, `asyncio.sleep`, `loop.time()`): the
# check runs on a loop whose clock jumps.


# %%
async def collect(queue, most, wait):
    raise NotImplementedError("your code here")


# %% [markdown]
# The check's event loop does not wait: when nobody has anything to do, its clock jumps to the next
# alarm. So a minute of waiting costs nothing, and each machine sees the same.


# %% jupyter={"source_hidden": true}
class Quick(asyncio.SelectorEventLoop):
    def __init__(self):
        super().__init__()
        self.now, self.turns, selector = 0.0, 0, self._selector
        select = selector.select

        def jump(timeout=None):
            self.turns += 1
            if timeout is None or self.turns > 100_000:
                raise RuntimeError("it waits for ever")
            self.now += max(timeout, 1e-6)
            return select(0)
        selector.select = jump

    def time(self):
        return self.now


# %%
async def trial(gaps, most, wait, pause):
    """``[(items, when they were returned)]`` of calls until all are there; each waits its gap.
    After each call there is a pause, in which items queue up."""
    loop, queue, found = asyncio.get_running_loop(), asyncio.Queue(), []
    for item, moment in enumerate(np.cumsum(gaps)):
        loop.call_at(moment, queue.put_nowait, None if item == 2 else item)
    while sum(len(items) for items, _ in found) < len(gaps):
        found.append((await collect(queue, most, wait), loop.time()))
        await asyncio.sleep(pause)
    return found


def by_hand(gaps, most, wait, pause):
    """The same without a loop."""
    moments, found, now = np.cumsum(gaps).tolist(), [], 0
    while moments:
        now = max(now, moments[0])
        count = min(most, sum(moment <= now + wait for moment in moments))
        now = max(now, moments[count - 1]) if count == most else now + wait
        found.append((count, now))
        now += pause
        del moments[:count]
    return found


# %% jupyter={"source_hidden": true}
def quickly(*arguments):
    """The trial on a loop of its own, beside the one that the notebook has."""
    notebook, loop = asyncio._get_running_loop(), Quick()
    asyncio._set_running_loop(None)
    try:
        return loop.run_until_complete(trial(*arguments))
    finally:
        asyncio._set_running_loop(notebook)
        loop.close()


# %% jupyter={"source_hidden": true}
def collects():
    random = checks.random(3)
    for most, wait, pause in ((1, 0.555, 0), (4, 0.555, 0), (3, 60.055, 0), (7, 1.055, 0),
                              (50, 0.255, 0), (3, 0.555, 3.0023), (1, 0.255, 0.7723),
                              (6, 9.055, 7.0023)):  # no item comes just when the time is over
        given = random.choice([0.02, 0.19, 0.31, 1.7], 40), most, wait, pause
        found, right = quickly(*given), by_hand(*given)
        where = f"at most {most} in {wait:g} seconds, asked {pause:g} seconds after the last time: "
        if [len(items) for items, _ in found] != [count for count, _ in right]:
            return where + f"you return {[len(items) for items, _ in found]} items"
        if [one for items, _ in found for one in items] != [0, 1, None, *range(3, 40)]:
            return where + "they are not in their order, or one is lost"
        if max(abs(when - then) for (_, when), (_, then) in zip(found, right)) > 0.01:
            return where + "you return at another time"
    return True


checks.grade("4 collect", collects, hint="which await has a time limit, and which has none? when "
             "does the limit's clock start?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# One `await queue.get()` for the first item, outside of any limit. Then one `asyncio.timeout`
# around a loop that gets further items while there is room: one limit for all of them, not one for
# each. When it raises, the items that you have are the batch.
#
# </details>

# %% [markdown]
# ## 5. A service of your own (capstone)
#
# Write a whole server: `serve(port, file)` loads the ONNX file and answers until it is killed. Its
# body is copied into a program and runs in a process of its own: import inside it whatever you
# need, and use nothing of this notebook. The standard library's `http.server` and `onnxruntime` are
# enough. It
#
# - listens on 127.0.0.1 alone, on `port`;
# - answers `GET /ready` with status 200 once it can compute;
# - answers `POST /predict`, whose body is `{"instances": [...]}` with 1 to 128 digits of
#   1 x 28 x 28, with status 200 and `{"predictions": [...]}`, ten logits for each;
# - refuses with status 400 what is no such JSON, has another shape, or a pixel that is no number
#   from 0 to 1 (NaN, text and truth values are none, as in task 1), and goes on;
# - answers 404 at any other address, and 404 or 405 to the other method at these two.


# %%
def serve(port, file):
    raise NotImplementedError("your code here")


# %%
clients = cells.program("05_deployment/03_servers_compared/clients")


def asked(url, digits):
    """The logits that a server gives for lists of pixels; it must be willing."""
    status, text = clients.post(url + "/predict", json.dumps({"instances": digits}), 10)
    if status != 200:
        raise ValueError(f"{len(digits)} good digits are answered with status {status}")
    found = np.array(json.loads(text)["predictions"])
    if found.shape != (len(digits), 10):
        raise ValueError(f"{len(digits)} digits get predictions of shape {found.shape}")
    return found


# %% jupyter={"source_hidden": true}
def bad_bodies(random):
    """Bodies that must be refused, by what is wrong."""
    found = {"half a JSON": '{"instances": [[[[0, ', "no JSON": "seven", "another key": "{}",
             "words": '{"instances": ["seven"]}', "a list": "[1, 2]", "nothing": "",
             "a word": '"instances"', "null": '{"instances": null}', "7": '{"instances": 7}',
             "an object": '{"instances": {"0": [[[0]]]}}'}
    for what, shape in {"no digits": (0,), "no channel": (2, 28, 28), "narrow": (2, 1, 28, 27),
                        "129 digits": (129, 1, 28, 28), "channels last": (2, 28, 28, 1)}.items():
        found[what] = json.dumps({"instances": random.rand(*shape).round(2).tolist()})
    for value in (np.nan, np.inf, 255, 1.01, -0.01, True, False, "0.5", "1", None, [0.5]):
        digits = random.rand(2, 1, 28, 28).round(2).tolist()
        digits[1][0][random.randint(28)][random.randint(28)] = value
        found[f"a pixel that is {value!r}"] = json.dumps({"instances": digits})
    return found


# %% jupyter={"source_hidden": true}
def elsewhere(random):
    """``(method, path, the statuses that will do)`` of what a server does not have."""
    one, two = ("".join(random.choice(list("abcdefgh"), 7)) for _ in range(2))
    for path in ("/", "/other", "/readyz", "/predictions", f"/{one}", f"/ready/{two}",
                 f"/predict/{one}", f"/{two}/ready", f"/{one}/predict"):
        yield from (("GET", path, (404,)), ("POST", path, (404,)))
    yield from (("GET", "/predict", (404, 405)), ("POST", "/ready", (404, 405)))


# %% jupyter={"source_hidden": true}
def got(url):
    """The status that a GET brings; 0 if there is no answer."""
    import urllib.error
    import urllib.request
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=10) as answer:
            return answer.status
    except OSError as error:
        return getattr(error, "code", 0)


# %% jupyter={"source_hidden": true}
def refuses(url, random):
    """What the server does not refuse as it should, or nothing."""
    for what, body in bad_bodies(random).items():
        status, _ = clients.post(url + "/predict", body, 10)
        if status != 400:
            return f"{what}: status {status}" if status else f"{what}: no answer"
    good = json.dumps({"instances": images[:1].tolist()})
    for method, path, wanted in elsewhere(random):
        status = got(url + path) if method == "GET" else clients.post(url + path, good, 10)[0]
        if status not in wanted:
            return f"{method} {path}: " + (f"status {status}" if status else "no answer")
    return ""


# %% jupyter={"source_hidden": true}
def listens_at(server):
    """The addresses at which the server's processes accept connections."""
    import psutil
    first = psutil.Process(server.process.pid)
    return {found.laddr.ip for process in (first, *first.children(recursive=True))
            for found in getattr(process, "net_connections", process.connections)("tcp")
            if found.status == "LISTEN"}


# %% jupyter={"source_hidden": true}
def judged(url, weights, random):
    """What is wrong with the logits, or nothing."""
    for count in (1, 2, 128):
        digits = some_digits(random, count)
        found, wanted = asked(url, digits), reference.logits(weights, np.array(digits))
        if not np.abs(found - wanted).max() <= 1e-4 * np.abs(wanted).max():
            return f"{count} digits: other logits than the file's"
    return ""


def holds(url):
    """What the contract says against a server with PyTorch's weights."""
    found = np.concatenate([asked(url, images[start:start + 100].tolist())
                            for start in range(0, 1000, 100)])
    return contract.judge(found, trained.weights("pytorch")).why


# %% jupyter={"source_hidden": true}
def tried(weights, test):
    """Starts the learner's server with a file of these weights; what ``test`` says of it."""
    with tempfile.TemporaryDirectory() as folder:
        write_onnx(weights, Path(folder, "any.onnx"))
        program = Path(folder, "own_server.py")
        program.write_text(inspect.getsource(serve) + "\n\nimport sys\n"
                           "serve(int(sys.argv[1]), sys.argv[2])\n", encoding="utf-8")
        try:
            with launch.server([program, "{port}", Path(folder, "any.onnx")], "/ready", timeout=20,
                               kernel="deployment") as server:
                if not listens_at(server) <= {"127.0.0.1", "::1"}:
                    return "it can be reached from other machines, too"
                return test(server.url)
        except launch.WorkerFailed as error:
            if "NotImplementedError" in str(error):
                raise NotImplementedError from None
            return str(error)


# %% jupyter={"source_hidden": true}
def serves():
    random = checks.random(4)
    other = {name: (0.2 * random.randn(*shape)).astype(np.float32)
             for name, shape in spec.SHAPES.items()}
    return (tried(other, lambda url: refuses(url, random) or judged(url, other, random))
            or tried(trained.weights("pytorch"), holds) or True)


checks.grade("5 own server", serves, hint="which part reads the body, which refuses, which "
             "computes? and what becomes of an exception in each?")

# %% [markdown]
# <details><summary>Show me a way</summary>
#
# Begin with the function that makes logits of a body, or raises: parse, look at the shape and at
# each pixel's type and range before NumPy makes floats of them, run the session. A class from
# `BaseHTTPRequestHandler` gets two methods: `do_GET` knows one address, all of it, `do_POST` knows
# another. The latter reads as many bytes as `Content-Length` says, and answers 400 for the
# exceptions that a bad body can raise. At last bind it to 127.0.0.1 and serve for ever.
#
# </details>

# %% [markdown]
# ## If you have a minute: your validation in the service
#
# Set `SERVE` to `True`. The service starts with your function in the place of its own, and is asked
# for one good and one bad digit.

# %%
SERVE = False
if SERVE:
    import shutil

    client = cells.program("05_deployment/02_serving/client")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(SERVICE, folder, dirs_exist_ok=True)
        with open(f"{folder}/protocol.py", "a", encoding="utf-8") as stream:  # noqa: PTH123
            stream.write(f"\n\nimport json\n{inspect.getsource(validated)}\n\n\ndef "
                         "predict_images(body):\n"
                         "    return validated(json.loads(body)['instances'])\n")
        launch.run([[f"{folder}/export_model.py", f"{folder}/digits.onnx"]], kernel="deployment")
        command = ["-m", "uvicorn", "app:app", "--app-dir", folder, "--host", "127.0.0.1", "--port",
                   "{port}"]
        with launch.server(command, "/v2/health/ready", {"MODEL": f"{folder}/digits.onnx"},
                           kernel="deployment") as server:
            for instances in (images[:1].tolist(), [[[[float("nan")] * 28] * 28]]):
                print(client.Client(server.url).send(
                    "POST", client.PREDICT, json.dumps({"instances": instances}).encode())[:2])
