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
# Four tasks on [the notebook about serving](../../notebooks/05_deployment/02_serving.ipynb), about
# 35 minutes. Fill in what is missing, run the cell below it, and read the check: `[ok]`, `[todo]`,
# or `[no]` with a hint. Nothing breaks if you run everything at once. No task starts a server; the
# last cell, if you want it, puts your validation into one.

# %%
from onecnn import lesson

lesson.start()

# %%
import asyncio
import json
import time

import kubernetes_validate as k8s
import numpy as np
import yaml

from onecnn import cells, checks, mnist, paths

SERVICE = paths.programs("05_deployment/02_serving")
images = mnist.load().test_images

# %% [markdown]
# ## 1. Turn it away
#
# `instances` is what a JSON parser made of a request: lists of lists of numbers, if all is well.
# Return it as a float32 array of shape `N x 1 x 28 x 28`, with `N` from 1 to 128. For all else
# raise `ValueError` with one line: a wrong or ragged shape, text or truth values for numbers, NaN,
# infinity, and pixels outside 0 to 1. No other exception may get out.

# %%
def validated(instances):
    ### BEGIN SOLUTION
    def leaves(part):
        return ([leaf for item in part for leaf in leaves(item)] if isinstance(part, list)
                else [part])

    if any(type(leaf) not in (int, float) for leaf in leaves(instances)):
        raise ValueError("a pixel is a number")
    try:
        array = np.array(instances, np.float32)
    except (ValueError, OverflowError):
        raise ValueError("the rows have different lengths") from None
    if array.ndim != 4 or array.shape[1:] != (1, 28, 28) or not 1 <= len(array) <= 128:
        raise ValueError(f"shape {array.shape}, wanted 1 to 128 x 1 x 28 x 28")
    if not ((array >= 0) & (array <= 1)).all():
        raise ValueError("pixels lie from 0 to 1")
    return array
    ### END SOLUTION


# %%
def with_pixel(value, row=None):
    digits = images[:2].tolist()
    digits[1][0][13] = [value, *digits[1][0][13][1:]] if row is None else row
    return digits


BAD = {"NaN": with_pixel(float("nan")), "infinity": with_pixel(float("inf")),
       "null": with_pixel(None), "text": with_pixel("0.5"), "true": with_pixel(True),
       "bytes that nobody divided": with_pixel(255), "a negative pixel": with_pixel(-0.5),
       "a short row": with_pixel(0, row=[0.0] * 27), "no digit": [],
       "a missing channel": images[:2, 0].tolist(), "129 digits": images[:129].tolist(),
       "another layout": images[:2].transpose(0, 2, 3, 1).tolist(), "a number": 7, "nothing": None}


def turns_away():
    good = validated(json.loads(json.dumps(images[:128].tolist())))
    if not isinstance(good, np.ndarray) or good.dtype != np.float32 or not np.array_equal(
            good, images[:128]):
        return "128 good digits must come back unchanged, as float32"
    whole = validated([[[[0, 1] * 14] * 28]])  # 0 and 1 without a decimal point are numbers, too
    if whole.shape != (1, 1, 28, 28):
        return "a digit of whole numbers is a good one"
    for name, instances in BAD.items():
        try:
            validated(instances)
        except ValueError:
            continue
        return f"{name} got through"
    return True


checks.grade("1 validated", turns_away, hint="look at the types first, then make an array, then "
             "look at its shape and its numbers")

# %% [markdown]
# ## 2. Numbers that do not lie
#
# A load test wrote down when each request was sent and when its answer came, in seconds. Return
# four numbers:
#
# - `rate`: answers a second, over the `seconds` of the test;
# - `p99`: the milliseconds that all but one in a hundred stay below (`np.percentile`);
# - `mean`: the mean milliseconds;
# - `busy`: how many requests were under way, on average. You have all you need for Little's law.

# %%
def report(sent, answered, seconds):
    ### BEGIN SOLUTION
    waits = np.asarray(answered) - np.asarray(sent)
    rate = len(waits) / seconds
    return {"rate": rate, "p99": 1000 * np.percentile(waits, 99), "mean": 1000 * waits.mean(),
            "busy": rate * waits.mean()}
    ### END SOLUTION


# %%
def reports():
    random = np.random.default_rng(7)
    sent = np.sort(random.uniform(0, 19, 4000))
    waits = np.where(random.random(4000) < 0.03, 0.4, 0.005) * random.uniform(0.9, 1.1, 4000)
    found = report(sent, sent + waits, 20.0)
    moments = np.linspace(0, 20, 4001)[:-1]
    # by looking, without any law
    counted = np.mean([np.sum((sent <= moment) & (moment < sent + waits)) for moment in moments])
    if abs(found["rate"] - 200) > 1e-6:
        return f"4,000 answers in 20 seconds: {found['rate']:.1f} a second?"
    for name, right in (("p99", 1000 * np.percentile(waits, 99)), ("mean", 1000 * waits.mean())):
        if abs(found[name] - right) > 0.01 * right:
            return f"{name} is {right:.1f} ms, not {found[name]:.1f}"
    return (abs(found["busy"] - counted) < 0.05 * counted or "who looks 4,000 times finds "
            f"{counted:.2f} under way, you say {found['busy']:.2f}")


checks.grade("2 report", reports,
             hint="Little: the number under way is the rate times the mean time, both in seconds")

# %% [markdown]
# ## 3. Mend a manifest
#
# The schema accepts it. Yet the Service finds no pod, pods are killed while they load, the
# autoscaler does nothing, and a rollout takes all copies away at once. Make `mended` from it:
# `manifest.replace("old", "new")` is enough, four times.

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
### BEGIN SOLUTION
mended = manifest
for wrong, right in (("maxUnavailable: 100%", "maxUnavailable: 0"),
                     ("/v2/models/digits/ready", "/v2/health/live"),
                     ("requests: {memory", "requests: {cpu: 250m, memory"),
                     ("selector: {app: digit}", "selector: {app: digits}")):
    mended = mended.replace(wrong, right)
### END SOLUTION


# %%
def works(text):
    documents = deployment, service, scaler = list(yaml.safe_load_all(text))
    for document in documents:
        try:
            k8s.validate(document, "1.37", strict=True)
        except k8s.ValidationError as error:
            return f"{document['kind']}: {error.message}"
    container, = deployment["spec"]["template"]["spec"]["containers"]
    if service["spec"]["selector"] != deployment["spec"]["template"]["metadata"]["labels"]:
        return "the Service selects pods by their labels"
    if (container["livenessProbe"]["httpGet"]["path"] != "/v2/health/live"
        or "ready" not in container["readinessProbe"]["httpGet"]["path"]):
        return "which address says: do not kill me? And which: send me people?"
    if ("cpu" not in container["resources"]["requests"]
        or scaler["spec"]["metrics"][0]["resource"]["name"] != "cpu"):
        return "70 % of which CPU? What a pod requests"
    return (deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] in (0, "0%", 1)
            or "how many copies may be missing in a rollout?")


checks.grade("3 manifest", works, hint="compare labels, look at each address, at the requests, at "
             "the strategy", answer=mended)

# %% [markdown]
# ## 4. Collect a batch
#
# Write the heart of dynamic batching. Wait for a first item, as long as it takes. From then on
# collect until `most` items are there or `wait` seconds are over, whichever comes first. Return the
# list, in the order in which they came, and lose none. `async with asyncio.timeout(wait)` raises
# `TimeoutError` when its time is over.

# %%
async def collect(queue, most, wait):
    ### BEGIN SOLUTION
    items = [await queue.get()]
    try:
        async with asyncio.timeout(wait):
            while len(items) < most:
                items.append(await queue.get())
    except TimeoutError:
        pass
    return items
    ### END SOLUTION


# %%
async def trial():
    queue = asyncio.Queue()
    for item in range(5):
        queue.put_nowait(item)
    start = time.monotonic()
    full = await asyncio.wait_for(collect(queue, 4, 5), 10)
    if full != [0, 1, 2, 3] or time.monotonic() - start > 3:
        return (f"five wait, four are wanted: {full} after {time.monotonic() - start:.1f} s, "
                "wanted the first four at once")
    rest = await asyncio.wait_for(collect(queue, 4, 0.2), 10)
    if rest != [4]:
        return f"one waits: {rest} after 0.2 s"
    asyncio.get_running_loop().call_later(0.6, lambda: [queue.put_nowait(item)
                                                        for item in ("first", "second")])
    late = await asyncio.wait_for(collect(queue, 2, 0.3), 15)
    if late != ["first", "second"]:
        return f"the clock starts with the first item: {late}"
    queue.put_nowait("one")
    asyncio.get_running_loop().call_later(0.3, queue.put_nowait, "another")
    both = await asyncio.wait_for(collect(queue, 2, 10), 15)
    return (both == ["one", "another"]
            or f"another comes 0.3 s after the first, the time limit is 10 s: {both}")


def collects():
    """In a thread of its own: the notebook has an event loop already."""
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(asyncio.wait_for(trial(), 30))).result()


checks.grade("4 collect", collects,
             hint="one await for the first item, then a loop inside the time limit")

# %% [markdown]
# ## If you have a minute: your validation in the service
#
# Set `SERVE` to `True`. The service starts with your function in the place of its own, and is asked
# for one good and one bad digit.

# %%
SERVE = False
if SERVE:
    import inspect
    import shutil
    import tempfile

    from onecnn import launch
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
            for instances in (images[:1].tolist(), with_pixel(float("nan"))):
                print(client.Client(server.url).send(
                    "POST", client.PREDICT, json.dumps({"instances": instances}).encode())[:2])
