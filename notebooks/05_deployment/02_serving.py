# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Behind an address: serving the network in the cloud
#
# After this notebook you will be able to put a trained network behind an HTTP address, prove that
# it still gives the same logits, and say how many requests it bears before its users notice.
#
# **You will learn to**
# - read and start a service of three short files that speaks two public protocols;
# - hold a service to the deployment contract, and see it caught when it breaks it;
# - refuse every bad request with one clear line;
# - replace a model without dropping a request;
# - measure latency so that it does not lie: percentiles, Little's law, the point where it bends;
# - check a Dockerfile and Kubernetes manifests without a cluster.
#
# **Before you start:** [Export and ONNX](01_export_and_onnx.ipynb). Kernel `deployment`
# (`python3 course.py lab --with deployment`), about 50 minutes.
# Each server starts in one cell, listens on 127.0.0.1 only, and ends with the cell.
#
# **Archived:** TorchServe, since August 2025. Ready-made servers are
# [in the next chapter](03_servers_compared.ipynb).

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## What is deployed?
#
# A file. The network that PyTorch trained here goes through PyTorch's own exporter in a process of
# its own, as it would in a build pipeline. From here on nothing needs PyTorch.

# %%
import sys
import tempfile
from pathlib import Path

from onecnn import cells, contract, launch, mnist, paths, spec, trained

SERVICE = paths.programs("05_deployment/02_serving")
scratch = tempfile.TemporaryDirectory()
DIGITS = Path(scratch.name, "digits.onnx")
launch.run([[SERVICE / "export_model.py", DIGITS]], kernel="deployment")
print("one file, less than 300 kB:", DIGITS.stat().st_size < 300_000)

# %% [markdown]
# ## What does a service add to a function?
#
# `session.run(images)` is a function call. For someone in another room you need an address, a
# format, checks, limits, a word for "I am ready", numbers for whoever is on call, and a way to
# change the model. The service has three files. The first one, `app.py`, is the address. Its heart:

# %%
def show_lines(file, start, stop):
    """Prints a program's own lines, from the one that holds ``start`` to before the one that holds
    ``stop``."""
    text = (SERVICE / file).read_text(encoding="utf-8")
    first = text.rindex("\n", 0, text.index(start)) + 1
    print(text[first:text.rindex("\n", 0, text.index(stop, first)) + 1].rstrip())


show_lines("app.py", "async def answer", '@app.get(f"/v1')

# %% [markdown]
# `read` turns bytes into images or raises; `engine` runs them; `form` writes the answer. `async`
# lets one thread hold many open connections: while the network computes, the next requests are
# read. The header `Server-Timing` (a [W3C format](https://www.w3.org/TR/server-timing/)) says where
# the time went.
#
# The second file, `protocol.py`, says what a request must look like:

# %%
show_lines("protocol.py", "Row = ", "class Infer")

# %% [markdown]
# ## Which protocols?
#
# You could invent one. Two exist, and then clients, load balancers and dashboards know you already:
#
# | | TensorFlow Serving's REST ("V1") | Open Inference Protocol ("V2") |
# |---|---|---|
# | first | TensorFlow Serving | KServe, with NVIDIA's Triton and others |
# | ask | `POST /v1/models/digits:predict` | `POST /v2/models/digits/infer` |
# | body | `{"instances": [...]}`, nested lists | name, shape, type, flat list; or raw bytes behind the JSON |
# | state | `GET /v1/models/digits` | `GET /v2/health/live`, `/v2/health/ready` |

# %% [markdown]
# TensorFlow Serving itself is not here: its Python package holds only the messages of its protocol
# ([serving 573](https://github.com/tensorflow/serving/issues/573)), the server comes as an image or
# from its own package source, and this course installs from Python's index alone. The protocol is
# what its clients see.

# %%
client = cells.program("05_deployment/02_serving/client")
FORMS, Client = client.FORMS, client.Client


def served(model=DIGITS, folder=SERVICE, ready="/v2/health/ready", **variables):
    """The service on a free port of this machine; use it in a ``with`` block."""
    command = ["-m", "uvicorn", "app:app", "--app-dir", folder, "--host", "127.0.0.1", "--port",
               "{port}", "--no-access-log"]
    return launch.server(command, ready, env={"MODEL": str(model), **variables},
                         kernel="deployment")


with served() as server:
    client = Client(server.url)
    for path in ("/v2/health/live", "/v2/health/ready", "/v2/models/digits/ready"):
        print(client.send("GET", path).status, path)
    print(client.send("GET", "/v1/models/digits").content["model_version_status"][0]["state"])

# %% [markdown]
# ## Are they still the same logits?
#
# The deployment contract: all 1,000 test digits, over HTTP, against the float64 reference for the
# deployed weights. There are four ways to write the same digit down. In the last one you send the
# picture's own bytes, 0 to 255, and the service divides.
#
# **Predict, then run.** How many bytes has one digit in each form? It has 784 pixels.
#
# <details><summary>Answer</summary>
#
# JSON writes a float32 as text, up to 20 characters for one pixel: about 6 kB. As float bytes it is
# 4 x 784, as pixels 784, plus a short JSON in front.
#
# </details>

# %%
images, weights = mnist.load().test_images, trained.weights("pytorch")
with served() as server:
    verdicts = {name: contract.judge(Client(server.url).logits(images, form), weights)
                for name, form in FORMS.items()}
for name, verdict in verdicts.items():
    size = sum(len(FORMS[name](images[number:number + 1]).body) for number in range(100)) / 100
    print(f"{name:<16} {size:5.0f} bytes a digit   contract {verdict}, accuracy at least 95 %: "
          f"{verdict.accuracy >= 0.95}")

# %% [markdown]
# ## Would the contract notice?
#
# A check that never failed proves nothing. Three faults, each a real kind, are planted into a
# *copy* of the service:
#
# - it forgets to divide the bytes by 255;
# - it exchanges height and width;
# - the code is right, but the file is from before training.

# %%
import shutil

from onecnn.onnx_file import write_onnx

STALE = Path(scratch.name, "stale.onnx")
write_onnx(spec.initial_weights(), STALE)


def copy_with(file, old, new):
    """A copy of the service's folder in which one piece of one file is another."""
    folder = Path(tempfile.mkdtemp(dir=scratch.name))
    shutil.copytree(SERVICE, folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("__pycache__"))
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return folder


# %%
DIVIDES = 'pixels(images / np.float32(255) if tensor.datatype == "UINT8" else images)'
PLANTED = {"forgets to divide": dict(folder=copy_with("protocol.py", DIVIDES, "images")),
           "exchanges height and width": dict(
               folder=copy_with("protocol.py", "images = numbers.reshape(tensor.shape)",
                                "images = numbers.reshape(tensor.shape).transpose(0, 1, 3, 2)")),
           "serves the old file": dict(model=STALE)}
for name, fault in PLANTED.items():
    with served(**fault) as server:
        found = Client(server.url).logits(images, FORMS["V2, pixel bytes"])
        print(f"{name}: {contract.judge(found, weights)}")

# %% [markdown]
# All three servers said they were live and ready, and answered 200. The first fault needed help:
# with the range check of `protocol.py` in place the undivided pixels are refused at once. A guard
# tells the client on the first request; the contract tells *you*, before there is a client.
#
# For the third, each answer names the model's version. Here it is the file's SHA-256, which
# `sha256sum` prints, too. So you can tell which file a server has without asking whoever copied it.

# %% [markdown]
# ## Where does the time of one request go?
#
# **Predict, then run.** One digit, one client, no load. Which share of the time belongs to the
# network?
#
# <details><summary>Answer</summary>
#
# Less than half, in either form. `run` in the picture is the network and the hand-over to its
# thread and back. The rest is text, checks, sockets, HTTP. For a network this small, serving *is*
# the cost; for a large one it is the other way round.
#
# </details>

# %%
import re
import time

import numpy as np

PARTS = ("client writes", "socket and HTTP", "check", "wait", "run", "write")


def parts_of_one(client, form):
    """Milliseconds of each part of one request for one digit."""
    start = time.perf_counter()
    request = form(images[:1])
    written = time.perf_counter()
    timing = client.send("POST", *request).headers["server-timing"]
    back = time.perf_counter()
    # check, wait, run, write
    inside = [float(spent) for spent in re.findall(r"dur=([\d.]+)", timing)]
    return [1000 * (written - start), 1000 * (back - written) - sum(inside), *inside]


# %%
with served() as server:
    client = Client(server.url)
    way = {name: np.array([parts_of_one(client, FORMS[name]) for _ in range(300)])
           for name in ("V1, JSON", "V2, pixel bytes")}
# the 10 quickest
way = {name: parts[parts.sum(axis=1).argsort()[:10]].mean(axis=0) for name, parts in way.items()}
for name, parts in way.items():
    print(f"{name:<16} the network has less than half of the time:",
          parts[PARTS.index("run")] < parts.sum() / 2)

# %%
fig, ax = lesson.figure(7.5, 2.4)
looks = zip(PARTS, (lesson.YELLOW, lesson.SKY, lesson.VERMILION, lesson.BLACK, lesson.BLUE,
                    lesson.GREEN), ("", "//", "xx", "", "", ".."))
left = np.zeros(len(way))
for column, (part, color, hatch) in enumerate(looks):
    widths = np.array([parts[column] for parts in way.values()])
    ax.barh(list(way), widths, left=left, color=color, hatch=hatch, edgecolor="white", label=part)
    left += widths
ax.set(xlabel="milliseconds (mean of the 10 quickest of 300)", title="The way of one digit")
ax.invert_yaxis()
ax.legend(loc="upper left", bbox_to_anchor=(1, 1.1))
lesson.show(fig, alt="Two bars, each one request cut into its parts. The network's run is a minor "
            "part of both; sockets and HTTP take most. With JSON the client's writing is a visible "
            "part; with pixel bytes it is small.")

# %% [markdown]
# ## What does JSON cost?
#
# The picture shows it for one digit. For 100 digits nothing else matters: text is written by the
# client, then read, number by number, by the server.

# %%
def seconds_of(client, form, count=100):
    """The quickest of 7 requests, with the writing."""
    found = []
    for _ in range(7):
        start = time.perf_counter()
        client.post(form(images[:count]))
        found.append(time.perf_counter() - start)
    return min(found)


with served() as server:
    cost = {name: seconds_of(Client(server.url), form) for name, form in FORMS.items()}
print("100 digits: JSON takes more than 3 times as long as pixel bytes:",
      cost["V1, JSON"] > 3 * cost["V2, pixel bytes"])

# %% tags=["nbval-ignore-output"]
for name, seconds in cost.items():
    print(f"{name:<16} {len(FORMS[name](images[:100]).body) / 1000:6.1f} kB   "
          f"{1000 * seconds:6.1f} ms for 100 digits")

# %% [markdown]
# ## What do clients send that you did not expect?
#
# Everything. JSON has no NaN, so each language invents something: Python's `json` writes the word
# `NaN`, which is not JSON; JavaScript writes `null`; and `1e999` is perfect JSON that becomes
# infinity. TorchServe let such values out again
# ([serve 1304](https://github.com/pytorch/serve/issues/1304)).

# %%
import json

GOOD = images[:1].tolist()


def altered(value, row=None):
    """A good request in which one pixel, or one row, is something else."""
    digits = json.loads(json.dumps(GOOD))
    digits[0][0][3] = [value, *digits[0][0][3][1:]] if row is None else row
    return json.dumps({"instances": digits}).replace('"1e999"', "1e999").encode()


print(json.dumps(float("nan")), json.dumps(None))
BAD = {"NaN, from Python": altered(float("nan")),
       "null, from JavaScript": altered(None), "1e999": altered("1e999"),
       "a number as text": altered("0.5"), "true as a number": altered(True),
       "bytes, not divided": altered(255), "a row too short": altered(0, row=[0.0] * 27),
       "a digit without channel": json.dumps({"instances": GOOD[0]}).encode()}

# %%
import gzip

BAD |= {"no digit": b'{"instances": []}',
        "129 digits": json.dumps({"instances": GOOD * 129}).encode(), "empty": b"",
        "not JSON": b"a seven, please", "5 MB": b" " * 5_000_000}
URL, PACKED = "/v1/models/digits:predict", gzip.compress(altered(0.5))
OTHER = {"GET": ("GET", URL), "unknown model": ("POST", "/v1/models/cats:predict", altered(0.5)),
         "gzip": ("POST", URL, PACKED, {"Content-Encoding": "gzip"}),
         "text": ("POST", URL, altered(0.5), {"Content-Type": "text/plain"}),
         "asked as evil.example": ("POST", URL, altered(0.5), {"Host": "evil.example"})}

# %%
with served() as server:
    client = Client(server.url)
    requests = {name: ("POST", URL, body) for name, body in BAD.items()} | OTHER
    for name, request in requests.items():
        answer = client.send(*request)
        print(f"{name:<24} {answer.status}  {answer.content['error']}")
    print("\nlive:", client.send("GET", "/v2/health/live").status == 200,
          "  contract:", contract.judge(client.logits(images, FORMS["V2, pixel bytes"]), weights))

# %% [markdown]
# Each is a 4xx with one line that names the place. 400: not the protocol. 422: the protocol, but no
# picture has such a pixel. 415: something else than JSON. 421: a name that is not the service's.
#
# None is a 500, and none killed the server. That is not a matter of course: with a wrong rank a
# request ended a whole KServe process in our trials, because TensorFlow's kernel aborted. What
# checks the request must stand *before* what computes.
#
# The chapter's tests send 200 random ones.

# %% [markdown]
# Why does a service ask by which name it is called? A stranger's page can point its own name at
# *your* machine. Your browser runs the scripts of any page, and lets them read only what the page's
# own name answers. The page's owner decides where that name leads, and may change it after you have
# loaded the page. Then your service is what answers. This is
# [DNS rebinding](https://github.com/nccgroup/singularity/wiki/Preventing-DNS-Rebinding-Attacks).
# Such a request carries the foreign name in `Host`, and `HOSTS` lists ours.

# %% [markdown]
# ## How many bytes do you read of 10 GB?
#
# A check comes too late if the server has first put everything into memory. FastAPI had no limit of
# its own for years ([fastapi 1181](https://github.com/fastapi/fastapi/issues/1181), 2020; Starlette
# got one in August 2026, [starlette 3431](https://github.com/Kludex/starlette/pull/3431)). Ours:

# %%
show_lines("protocol.py", "async def limited_body", "@np.errstate")

# %% [markdown]
# A client that announces 10 GB is refused before it has sent one of them. One that announces
# nothing is cut off at the limit.
#
# The first version hung up in both cases, and one of our own tests failed now and then: a client
# that is still sending when the server hangs up gets a *reset*, and never reads the 413. So what
# was announced is read and thrown away. The web server nginx calls that a
# [lingering close](https://nginx.org/en/docs/http/ngx_http_core_module.html#lingering_close).

# %%
import socket

with served() as server:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall("POST /v2/models/digits/infer HTTP/1.1\r\nHost: "
                           f"{host}\r\nContent-Length: {10**10}\r\n\r\n".encode())
        print(connection.recv(1000).decode().splitlines()[0])

# %% [markdown]
# And how long do you wait for them? 64 clients that each keep back the last byte of 4 MiB fill 256
# MiB, for as long as they like. So a body has 20 seconds, unfinished bodies have 64 MiB together,
# and uvicorn gets `--limit-concurrency`, a limit of connections (idle ones count:
# [uvicorn 3029](https://github.com/Kludex/uvicorn/pull/3029)). Whoever is above it hears 503: try
# again.

# %% [markdown]
# **Predict, then run.** A client sends 1 of 1,000 bytes and waits. Another leaves after 1 of 1,000.
# What do they get, and what does the log show?
#
# <details><summary>Answer</summary>
#
# The first 408, the second nothing: nobody is there. The log shows neither, the metrics count both.
# Before the service expected it, each client that left wrote 56 lines of traceback.
#
# </details>

# %%
with served(BODY_SECONDS="1") as server:
    for patient in (False, True):
        with socket.create_connection(server.url.removeprefix("http://").split(":")) as connection:
            connection.sendall(b"POST /v2/models/digits/infer HTTP/1.1\r\nHost: localhost\r\n"
                               b"Content-Length: 1000\r\n\r\n{")
            if patient:
                print(connection.recv(1000).decode().splitlines()[0])
    log = server.log.read_text().splitlines()
    print("lines in the log that are no notes of start or end:",
          sum(not line.startswith("INFO:") for line in log))

# %% [markdown]
# ## How do you change the model while people ask?
#
# The third file, `engine.py`, looks at the model's file five times a second. A new one is loaded
# *beside* the old one and tried on blank digits. Only then does one assignment exchange them; a
# batch that is running keeps the model it began with. A file that does not load, or gives nonsense,
# is refused. One that cannot be read, or for which memory is short, is tried again; the log says
# why, once.

# %%
show_lines("engine.py", "class Model", "def run(")

# %% [markdown]
# What it did with each file, the service counts on a page for its operators, in the format of
# Prometheus, the usual monitor. That page has a port of its own, which the log names: how much is
# asked, and what is refused, is nothing for those who may ask for digits.


# %%
def metrics(server):
    """The page of counters, as a monitor reads it."""
    url = re.search(r"Metrics on (\S+)/metrics", server.log.read_text())[1]
    return Client(url).send("GET", "/metrics").content


# %% [markdown]
# **Predict, then run.** A client asks without a pause. The file is first replaced by rubbish, then
# by the trained network. How many requests fail, and how many versions does the client see?
#
# <details><summary>Answer</summary>
#
# None fails. It sees two versions: the old one goes on through the rubbish, then the new one.
#
# </details>

# %%
import threading


def until(condition, seconds=20):
    """Waits until the condition holds."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)


def replace(file, content):
    paths.write_atomically(file, lambda stream: stream.write(content))


# %%
def ask(url, seen, stop):
    """Asks without a pause; notes when, the status, and the version that answered."""
    client, request = Client(url), FORMS["V2, pixel bytes"](images[:1])
    while not stop.is_set():
        answer = client.send("POST", *request)
        seen.append((time.monotonic(), answer.status, answer.content.get("model_version")))


live, seen, stop = Path(scratch.name, "live.onnx"), [], threading.Event()
replace(live, STALE.read_bytes())

# %%
with served(live) as server:
    client, asking = Client(server.url), threading.Thread(target=ask, args=(server.url, seen, stop))
    asking.start()
    time.sleep(0.4)
    replace(live, b"rubbish")
    rubbish = time.monotonic()
    until(lambda: 'digits_model_loads_total{outcome="refused"} 1.0' in metrics(server))
    replace(live, DIGITS.read_bytes())
    new = time.monotonic()
    until(lambda: len({version for _, _, version in seen}) > 1)
    time.sleep(0.4)
    stop.set()
    asking.join()
    after = contract.judge(client.logits(images, FORMS["V2, pixel bytes"]), weights)

# %%
versions = [version for _, _, version in seen]
print("statuses:", {status for _, status, _ in seen}, "  versions seen:", len(set(versions)))
print("changes of version:", sum(one != other for one, other in zip(versions, versions[1:])),
      "  contract at the end:", after)

# %%
fig, ax = lesson.figure(7.5, 2)
begin, old = seen[0][0], versions[0]
for label, color, marker, row, mine in (("trained", lesson.BLUE, "o", 1, lambda v: v != old),
                                        ("untrained", lesson.ORANGE, "s", 0, lambda v: v == old)):
    times = [when - begin for when, _, version in seen if mine(version)]
    ax.plot(times, [row] * len(times), marker, markersize=3, color=color, label=label)
for when, label, style in ((rubbish, "rubbish is put there", ":"),
                           (new, "the new file is put there", "--")):
    ax.axvline(when - begin, color=lesson.BLACK, linestyle=style, label=label)
ax.set(xlabel="seconds", yticks=(0, 1), yticklabels=("untrained", "trained"), ylim=(-0.6, 1.6),
       title="Which version answered")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1.1))
lesson.show(fig, alt="Each request as a dot, over time. The untrained version answers through the "
            "moment when rubbish is put there, and until shortly after the new file is there; then "
            "the trained version answers. There is no gap and no overlap.")

# %% [markdown]
# The file must arrive whole: written beside the old one, then renamed. Half a file is refused here,
# too (the tests try it), but why rely on that?

# %% [markdown]
# **Half-way.** A good place to stop. When you come back: *Run → Run All Above Selected Cell*, and
# go on here.

# %% [markdown]
# ## A trap: ready without a model
#
# *Live* means "do not kill me"; *ready* means "send me people". KFServing's health address answered
# 200 while the model was still loading ([kserve 799](https://github.com/kserve/kserve/issues/799),
# 2020). MLServer asked whether all its models are ready; without any model `all([])` is true, and a
# new revision replaced a working one
# ([MLServer 2056](https://github.com/SeldonIO/MLServer/issues/2056), 2025). The same line, planted:

# %%
ASKS = "200 if app.state.engine.model else 503"
FAULTY = copy_with("app.py", ASKS, "200 if all(model.version for model in [app.state.engine.model] "
                   "if model) else 503")
late = Path(scratch.name, "late.onnx")  # it is not there yet
for name, folder in (("as it is", SERVICE), ("all([])", FAULTY)):
    with served(late, folder, ready="/v2/health/live") as server:
        client = Client(server.url)
        state = [client.send("GET", f"/v2/health/{word}").status for word in ("live", "ready")]
        print(f"{name:<10} live {state[0]}, ready {state[1]}, a request "
              f"{client.send('POST', *FORMS['V1, JSON'](images[:1])).status}")

# %% [markdown]
# The faulty one invites requests and answers 503. The cure is one question: could I answer a
# request *now*? Our service asks it with the blank digits.
#
# *Live* has a question, too: do the tasks in the background run, the one that watches the file and
# the one that runs the batches? A task that died of an error is not missed by anybody else.

# %% [markdown]
# ## Why does the mean lie?
#
# Now measure. In real traffic requests differ. Here 19 of 20 carry one digit, and every 20th
# carries 128. **Predict, then run.** Which share of the requests is faster than the mean?
#
# <details><summary>Answer</summary>
#
# On a quiet machine about nineteen of twenty. The mean lies between two heaps, where hardly any
# request is. Nobody waits for the mean: most wait less, some wait many times as long, and those are
# the ones who complain. So give percentiles: half of all requests are faster than p50, all but one
# in a hundred faster than p99.
#
# </details>

# %%
small, large = FORMS["V1, JSON"](images[:1]), FORMS["V1, JSON"](images[:128])
latencies = []
with served() as server:
    client = Client(server.url)
    for number in range(600):
        start = time.perf_counter()
        client.send("POST", *(small if number % 20 else large))
        latencies.append(1000 * (time.perf_counter() - start))
mean, (p50, p99) = np.mean(latencies), np.percentile(latencies, (50, 99))
print("more than half of the requests are faster than the mean:", p50 < mean)
print("p99 is more than 3 times p50:", p99 > 3 * p50)

# %% tags=["nbval-ignore-output"]
print(f"faster than the mean: {np.mean(latencies < mean):.0%} of the requests")

# %%
fig, ax = lesson.figure(7, 2.6)
ax.hist(latencies, bins=np.geomspace(min(latencies), max(latencies), 50), color=lesson.SKY)
for value, label, color, style in ((p50, "p50", lesson.BLUE, "-"),
                                   (mean, "mean", lesson.BLACK, ":"),
                                   (p99, "p99", lesson.VERMILION, "--")):
    ax.axvline(value, color=color, linestyle=style, label=f"{label}: {value:.1f} ms")
ax.set(xscale="log", xlabel="milliseconds (logarithmic)", ylabel="requests",
       title="600 requests, every 20th a large one")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
lesson.show(fig, alt="Histogram of 600 latencies with two heaps far apart: small requests left, "
            "large ones right. The mean stands between them, where there are few requests; p50 is "
            "in the left heap, p99 in the right one.")

# %% [markdown]
# ## How many users does it bear?
#
# Now many at once, with Locust, a load generator. Each user asks (32 digits in JSON), waits for the
# answer, thinks for 20 ms, and asks again. Every second or so there are more users. Two things to
# know beforehand, from queueing theory:
#
# - **Little's law**: the mean number in a system is the rate times the mean time spent there,
#   $L = \lambda W$. A user is always either waiting or thinking, so $users = \lambda\,(W + think)$.
# - One core that needs $S$ seconds for a request bears $1 / S$ requests a second, however many
#   users ask.

# %%
def load(url, users, seconds, **options):
    """Runs the load generator in a process of its own; gives its stages."""
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    command = [SERVICE / "load_service.py", url, "--users", *users, "--seconds", seconds, *words]
    return json.loads(launch.run([command], kernel="deployment", timeout=60)[0].splitlines()[-1])


THINK = 0.02
with served() as server:
    stages = load(server.url, (1, 2, 4, 8, 16, 32), 1, think=THINK, digits=32, form="V1, JSON")

# %%
rate = np.array([len(stage["times"]) / stage["seconds"] for stage in stages])
waits = np.array([np.mean(stage["times"]) for stage in stages]) / 1000
half, most = np.array([np.percentile(stage["times"], (50, 99)) for stage in stages]).T
users = np.array([stage["users"] for stage in stages])
counted = rate * (waits + THINK)
print("requests that failed:", sum(stage["failed"] for stage in stages))
print("Little's law counts the users, within a third:",
      bool(np.all(abs(counted / users - 1) < 1 / 3)))
print("32 users get (nearly) 32 times the answers of one:", rate[-1] > 28 * rate[0])
print("each waits more than twice as long as a lone user (p50):", half[-1] > 2 * half[0])

# %% tags=["nbval-ignore-output"]
print("users   answers/s   p50 ms   p99 ms   users by Little's law")
for row in zip(users, rate, half, most, counted):
    print("{:5}   {:9.0f}   {:6.1f}   {:6.1f}   {:5.1f}".format(*row))

# %%
fig, ax = lesson.figure(7, 3)
ax.plot(rate, most, "D--", color=lesson.VERMILION, label="p99")
ax.plot(rate, half, "o-", color=lesson.BLUE, label="p50")
for count, x, y in zip(users, rate, half):
    ax.annotate(f"{count}", (x, y), textcoords="offset points", xytext=(0, -13), ha="center",
                fontsize=9)
ax.set(xlabel="answers a second", ylabel="milliseconds", title="The hockey stick (numbers: users)",
       ylim=(-0.12 * most.max(), None))
ax.legend(loc="upper left")
lesson.show(fig, alt="Latency against answers a second, from 1 to 32 users. At first more users "
            "bring more answers and hardly more latency. Near the limit the line bends upwards: "
            "more users bring no more answers, only longer waits.")

# %% [markdown]
# Beyond the bend every further user makes all others wait. So run a service well below it: the
# autoscaler further down starts a copy at 70 % of the processor time that a copy has asked for.
#
# One warning. These users wait for their answer before they ask again, so a server that stands
# still for a second is asked *less* in that second, and the worst moments are hardly counted. The
# fault is called coordinated omission; the tool [wrk2](https://github.com/giltene/wrk2) avoids it
# by a fixed rate.

# %% [markdown]
# ## What does batching gain?
#
# One run for 32 digits instead of 32 runs. The engine alone first, without HTTP:

# %%
import onnxruntime as ort

options = ort.SessionOptions()
options.intra_op_num_threads = 1
session = ort.InferenceSession(DIGITS, options, providers=["CPUExecutionProvider"])


# %%
def run_seconds(count):
    """The quickest of many runs with ``count`` digits."""
    found = []
    for _ in range(30):
        start = time.perf_counter()
        session.run(None, {"images": images[:count]})
        found.append(time.perf_counter() - start)
    return min(found)


sizes = (1, 2, 4, 8, 16, 32, 64, 128, 256)
speed = [count / run_seconds(count) for count in sizes]
together, = session.run(None, {"images": images[:32]})
alone = np.concatenate([session.run(None, {"images": images[number:number + 1]})[0]
                        for number in range(32)])
print("32 together get the answers of 32 alone:",
      np.abs(together - alone).max() <= contract.TOLERANCE * np.abs(alone).max())

# %% tags=["nbval-ignore-output"]
print(f"as fast as one by one, at best, times: {max(speed) / speed[0]:.1f}")

# %%
fig, ax = lesson.figure(6, 2.6)
ax.plot(sizes, np.array(speed) / 1000, "o-", color=lesson.BLUE)
ax.set(xscale="log", xlabel="digits in one run", ylabel="thousand digits a second",
       title="The engine alone, one thread", ylim=(0, None))
ax.set_xticks(sizes, sizes)
ax.minorticks_off()
lesson.show(fig, alt="Digits a second of the engine against the digits in one run, from 1 to 256. "
            "The gain from one to many is moderate, and the largest batches are not the fastest.")

# %% [markdown]
# A core gains little: it is busy with one digit already, and a large batch leaves its caches. An
# accelerator is another matter: it has thousands of units, and one digit leaves most of them idle
# while each weight is fetched for a single use
# ([the roofline](../03_comparison/06_hardware.ipynb)). That is why every model server has **dynamic
# batching**: collect until N are there or T ms are over. The engine's way:

# %%
show_lines("engine.py", "async def run_batches", "model, start =")

# %% [markdown]
# One user, then 16, one digit each, without and with it. The page of counters has runs and digits.
#
# **Predict, then run.** The service collects for at most 10 ms. What does the single user notice?
#
# <details><summary>Answer</summary>
#
# Every request waits the whole 10 ms, for nobody. Dynamic batching trades a lone user's time for
# the crowd's.
#
# </details>

# %%
def digits_per_run(server):
    page = metrics(server)
    count, total = (float(re.search(rf"^digits_batch_size_{word} (\S+)", page, re.MULTILINE)[1])
                    for word in ("count", "sum"))
    return total / count


together = {}
for name, variables in {"one by one": {"BATCH": "1"},
                        "up to 32, 10 ms": {"BATCH": "32", "WAIT_MS": "10"}}.items():
    with served(**variables) as server:
        alone, crowd = load(server.url, (1, 16), 1)
        together[name] = (digits_per_run(server), np.median(alone["times"]),
                          np.median(crowd["times"]), len(crowd["times"]))
print("digits in one run, one by one:", together["one by one"][0])
print("digits in one run, collected, more than 2:", together["up to 32, 10 ms"][0] > 2)
print("a lone user waits the 10 ms:", together["up to 32, 10 ms"][1] > 10)

# %% tags=["nbval-ignore-output"]
for name, (digits, alone, crowd, answers) in together.items():
    print(f"{name:<16} {digits:5.1f} digits a run   p50 alone {alone:5.1f} ms, among 16 "
          f"{crowd:5.1f} ms   {answers:5.0f} answers/s with 16")

# %% [markdown]
# Fewer runs; whether they bring more answers, your table says. Where a run costs little beside HTTP
# and sockets, as here, there is little to gain, and 16 users never fill a batch of 32, so each
# batch waits out its time. Waiting pays where a run is dear and batches fill by themselves. Our
# default waits 0 ms: what came while the last run was busy goes together.

# %% [markdown]
# ## How does it get into a container?
#
# No container engine runs here, so nothing below was built or applied; it is *checked*. A
# Dockerfile first:

# %%
print((SERVICE / "Dockerfile").read_text(encoding="utf-8"))

# %% [markdown]
# Two stages, so pip's leftovers stay behind. A numbered user without rights. Pinned packages.
#
# uvicorn reads its options from `UVICORN_...`, too. Of its two parsers of HTTP the container takes
# h11: httptools, the faster one, reads headers without end (with 30 MB of them the service had 450
# MB when we tried).
#
# `HEALTHCHECK` asks *live*, not *ready*. Only here does the server listen on all interfaces: a
# container has a loopback of its own, which nobody outside can reach.
#
# `hadolint` knows the usual mistakes. Four are planted into a copy:

# %%
import subprocess

HADOLINT = Path(sys.prefix, "bin", "hadolint")
SLIPS = {"as it is": ("", ""),
         "any version": ("3.11-slim-bookworm", "latest"), "as root": ("USER 10001", "USER root"),
         "through a shell": ('CMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "8000"]',
                             "CMD uvicorn app:app"),
         "packages unpinned": ("-r /build/requirements.txt", "fastapi onnxruntime")}
for name, (old, new) in SLIPS.items():
    text = (SERVICE / "Dockerfile").read_text(encoding="utf-8").replace(old, new)
    found = subprocess.run([HADOLINT, "--format", "json", "-"], input=text, capture_output=True,
                           text=True, timeout=30)
    print(f"{name:<18}", sorted({(rule["code"], rule["level"])
                                 for rule in json.loads(found.stdout)}) or "nothing found")

# %% [markdown]
# The last slip was not found. The rule looks for the words `pip install`; here it stands behind a
# path. A lint knows words, not meaning: nothing found is not nothing wrong.

# %% [markdown]
# ## And into a cluster?
#
# A **Deployment** keeps copies running and replaces them one by one; a **Service** gives them one
# address; a **HorizontalPodAutoscaler** adds copies under load. Three probes ask the addresses that
# you know:

# %%
MANIFEST = (SERVICE / "kubernetes.yaml").read_text(encoding="utf-8")
print(MANIFEST[MANIFEST.index("          startupProbe"):MANIFEST.index(
    "          securityContext")].rstrip())

# %% [markdown]
# Not ready: no requests, but the pod lives. Not live: the pod is killed. Who asks *ready* in the
# liveness probe gets pods that are killed while they load a model
# ([triton 7014](https://github.com/triton-inference-server/server/issues/7014), 2024). The
# autoscaler's 70 % are of the CPU that is *requested*: without a request it does nothing.
#
# And the end: `preStop` lets the pod go on for 5 seconds, because those who send requests hear of
# its end later than it does. Then uvicorn answers what it has, for up to 20 seconds.

# %% [markdown]
# What is left to somebody who breaks in? By default a pod finds a key to the cluster's API in a
# file (a *service account's* token). Ours asks for nothing there: no key, no capabilities of root,
# the runtime's list of system calls, a disk that cannot be written.
#
# **The schema** finds wrong types and, if strict, wrong names. The last three slips are correct for
# it: they need a check of your own.

# %%
import kubernetes_validate as k8s
import yaml

SLIPS = {"as it is": ("", ""), "a number in words": ("replicas: 2", "replicas: two"),
         "a misspelt probe": ("readinessProbe", "readynessProbe"),
         "alive only when ready": ("path: /v2/health/live", "path: /v2/health/ready"),
         "no CPU requested": ("cpu: 250m, ", ""),
         "a key to the cluster": ("automountServiceAccountToken: false", "")}


def accepted(document):
    try:
        return bool(k8s.validate(document, "1.37", strict=True))
    except k8s.ValidationError:
        return False


# %%
def sensible(deployment, service, scaler):
    """What no schema knows. Gives the first thing that does not fit, or ''."""
    pod = deployment["spec"]["template"]
    container, = pod["spec"]["containers"]
    if service["spec"]["selector"].items() - pod["metadata"]["labels"].items():
        return "the Service finds no pod"
    if container["livenessProbe"]["httpGet"] == container["readinessProbe"]["httpGet"]:
        return "a pod that is not ready is killed"
    if scaler["spec"]["scaleTargetRef"]["name"] != deployment["metadata"]["name"]:
        return "the autoscaler scales nothing"
    if pod["spec"].get("automountServiceAccountToken", True):
        return "it finds a key that it does not need"
    return "" if "cpu" in container["resources"]["requests"] else "70 % of no request"


# %%
for name, (old, new) in SLIPS.items():
    documents = list(yaml.safe_load_all(MANIFEST.replace(old, new)))
    schema = all(accepted(document) for document in documents)
    print(f"{name:<22} schema: {'accepts' if schema else 'REFUSES'}   sense: "
          f"{(sensible(*documents) or 'fits') if schema else '-'}")

# %% [markdown]
# ## Who served networks before?
#
# | year | what | what it brought |
# |---|---|---|
# | 2016 | TensorFlow Serving, Google | model versions, batching, gRPC |
# | 2018 | TensorRT Inference Server, NVIDIA; called Triton since 2020 | many frameworks in one server |
# | 2020 | TorchServe, AWS and Facebook | handlers in Python; **archived** in August 2025 |
# | 2021 | KFServing becomes KServe | one protocol for many servers, on Kubernetes |
#
# What stays when servers go is the protocol. [The next chapter](03_servers_compared.ipynb) starts
# those that can be installed here, and gives all of them the same load.

# %%
scratch.cleanup()

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** 20 users ask, wait, think for 500 ms, and ask again. The service gives 25 answers a second.
# How long does a user wait for an answer, on average?
#
# <details><summary>A. 40 ms</summary>No. That is 1/25 of a second, the time from one answer to the next, whoever gets it.</details>
# <details><summary>B. 300 ms</summary>Right. By Little's law 20 / 25 a second = 800 ms for waiting and thinking, and 500 ms of it is thinking.</details>
# <details><summary>C. 800 ms</summary>No. That is waiting and thinking together: Little's law counts a user in both.</details>
#
# <br>**2.** A pod needs minutes to load its model and has no startup probe. Its liveness probe asks
# `ready`. What happens?
#
# <details><summary>A. It gets no requests until the model is loaded</summary>No. That is the work of a readiness probe. A liveness probe decides whether the pod lives.</details>
# <details><summary>B. It gets requests and answers 503</summary>No. That is the fault of an address that says ready without a model, as <code>all([])</code> does.</details>
# <details><summary>C. It is killed while it loads</summary>Right. Not ready is taken for not alive. A liveness probe has to ask <code>live</code>.</details>
#
# <br>**3.** Your service refuses each request that announces more than 4 MiB, and limits nothing
# else. Which client can fill its memory alone?
#
# <details><summary>A. One that announces nothing and sends without end</summary>Right. So the bytes that come have to be counted as well, and cut off at the limit.</details>
# <details><summary>B. One that announces 10 GB</summary>No. It is refused before it has sent one of them.</details>
# <details><summary>C. One that sends <code>NaN</code> in a small body</summary>No. That takes a check of the values. A small body does not fill a memory.</details>
#
# <br>**4.** You measured: p50 3 ms, mean 20 ms, p99 180 ms. Which sentence may you write?
#
# <details><summary>A. A typical request takes about 20 ms</summary>No. The mean may lie between two heaps, where hardly any request is. Here half take 3 ms or less.</details>
# <details><summary>B. Half are answered within 3 ms, one in a hundred takes longer than 180 ms</summary>Right. That is what p50 and p99 say. Add how many users asked.</details>
# <details><summary>C. Nobody waits longer than 180 ms</summary>No. That would be the maximum. One request in a hundred is slower than p99.</details>
#
# <br>**5.** Eight test users each wait for an answer before they ask again. The server stands still
# for one second. What do the measured percentiles do?
#
# <details><summary>A. They look too good</summary>Right. In that second hardly anybody asks, so the worst moment is hardly counted. A fixed rate avoids that.</details>
# <details><summary>B. They look too bad</summary>No. The long second meets at most eight requests. It is counted too seldom, not too often.</details>
# <details><summary>C. They are right, as each request was timed</summary>No. The requests that real people would have sent in that second are missing.</details>
#
# <br>**6.** All probes are green, and each answer is 200. You suspect that the server still has
# last week's network. What tells you?
#
# <details><summary>A. The address <code>/v2/health/ready</code></summary>No. It says that the service could answer now, with whichever model it has.</details>
# <details><summary>B. The share of 5xx on the page of counters</summary>No. An old network answers without an error.</details>
# <details><summary>C. The model's version in an answer</summary>Right. It is the file's SHA-256. Compare it with the file that you meant to deploy.</details>
#
# <br>**7.** When is a ready-made server the better choice than a service of your own?
#
# <details><summary>A. When one model is served, and requests are refused by rules of your own</summary>No. That speaks for your own: it can check requests better than a general server could.</details>
# <details><summary>B. When many models share GPUs and you want canary releases</summary>Right. Ready-made servers have that. In your own service you would write each of it.</details>
# <details><summary>C. When the logits must be those of the training</summary>No. Either kind can change them. The contract tells you, over HTTP, for each.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | you want | you need | you saw it fail |
# |---|---|---|
# | the same answers | the contract, over HTTP, before anyone asks | no division, exchanged axes, a stale file |
# | to stay up | checks before computing, limits on bytes, time and connections, 4xx | NaN, null, 1e999, 10 GB |
# | a new model without a gap | load beside, try, then exchange | rubbish refused |
# | honest health | "could I answer now?" | `all([])` |
# | honest numbers | percentiles, users stated, Little's law as a check | the mean |
# | room | to stay below the bend | 32 users |
# | a cluster that fits | schema *and* sense | a liveness probe that asks *ready*, a key for nothing |

# %% [markdown]
# **Choose it when** you serve one or a few models, want to read every line that stands between a
# client and the network, and can check requests better than a general server could.
#
# **Avoid it when** you need many models, GPUs shared among them, canary releases or gRPC:
# ready-made servers have that. And avoid JSON where clients can send bytes: for 100 digits it was
# most of the cost.
#
# **Now you:** [the exercise](../../exercises/05_deployment/02_serving.ipynb), with self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24, what names another day on that one.
# - V1: [TensorFlow Serving, RESTful API](https://www.tensorflow.org/tfx/serving/api_rest); its
#   package has only messages: [serving 573](https://github.com/tensorflow/serving/issues/573);
#   announced [February
#   2016](https://opensource.googleblog.com/2016/02/running-your-models-in-production-with.html)
# - V2: [Open Inference
#   Protocol](https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol)
#   and its
#   [binary tensors](https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol/binary-tensor-data-extension)
# - KServe's name:
#   [Kubeflow's introduction](https://kubeflow.org/docs/external-add-ons/kserve/introduction),
#   September 2021
# - Triton: [open source with 18.12
#   beta](https://docs.nvidia.com/deeplearning/sdk/inference-release-notes/rel_18.12.html); the name
#   changes between
#   [20.02 and 20.03](https://docs.nvidia.com/deeplearning/triton-inference-server/archives/triton_inference_server_1130/release-notes/running.html)
# - TorchServe: [first releases](https://github.com/pytorch/serve/releases?page=3), experimental;
#   archived on 7 August 2025, says the banner of
#   [serve 3396](https://github.com/pytorch/serve/issues/3396); KServe removes it:
#   [kserve 5638](https://github.com/kserve/kserve/pull/5638), 2026
# - Ready without a model: [kserve 799](https://github.com/kserve/kserve/issues/799),
#   [MLServer 2056](https://github.com/SeldonIO/MLServer/issues/2056); liveness:
#   [triton 7014](https://github.com/triton-inference-server/server/issues/7014)
# - NaN in answers: [serve 1304](https://github.com/pytorch/serve/issues/1304), 2021
# - Bodies without a limit: [fastapi 1181](https://github.com/fastapi/fastapi/issues/1181),
#   [starlette 3431](https://github.com/Kludex/starlette/pull/3431)
# - Statuses: [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110.html), sections 15.5.16 (415),
#   15.5.20 (421), 15.5.21 (422), checked 2026-11-29
# - What counts as a connection: [uvicorn 3029](https://github.com/Kludex/uvicorn/pull/3029), 2026;
#   names that lead to your machine:
#   [Singularity](https://github.com/nccgroup/singularity/wiki/Preventing-DNS-Rebinding-Attacks);
#   both checked 2026-11-29
# - `sleep` before the end: [KEP 3960](https://www.kubernetes.dev/resources/keps/3960/), stable
#   since Kubernetes 1.34; tokens that a pod finds: [service
#   accounts](https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/);
#   both checked 2026-11-29
# - Coordinated omission: [wrk2](https://github.com/giltene/wrk2)

# %% [markdown]
# **On your path:**
#
# - *Production, 12 of 16:* [Export and ONNX](01_export_and_onnx.ipynb) → here →
#   [Five servers](03_servers_compared.ipynb)
#
# **In the order of the folders:** previous [Export and ONNX](01_export_and_onnx.ipynb) · next
# [Five servers](03_servers_compared.ipynb) · [all chapters](../00_start_here.ipynb)
