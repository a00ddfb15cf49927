# ---
# jupyter:
#   kernelspec:
#     display_name: Deployment (Ray, ONNX, serving)
#     language: python
#     name: deployment
# ---

# %% [markdown]
# # Five servers, one request
#
# After this notebook you will be able to put the network behind any of five servers, prove that all
# give the same logits, and choose one by what you measured: speed, memory, lines of code, and what
# a bad request does to it.
#
# **You will learn to**
# - speak five protocols with one function, and hold each server to the deployment contract;
# - reproduce a request that kills a server, and cure it;
# - stop a server whose parent process is dead but which goes on answering;
# - measure latency, throughput and memory under one load generator;
# - read off what a server gives that a web framework does not.
#
# **Before you start:** [Serving](02_serving.ipynb). Kernel `deployment`
# (`python3 course.py lab --with deployment`), about 30 minutes.
# The cells start four servers, one after the other, in about a minute.
#
# **Status:** TorchServe is **archived** (read-only since 7 August 2025) and gets no security
# patches. It stands here because it is still in use, and as a lesson. KServe, LitServe, Ray Serve
# and FastAPI are live.

# %%
from onecnn import lesson

lesson.start()

# %% [markdown]
# ## What is the same request?
#
# Each server wants the same 784 numbers in its own envelope. `clients.py` has one function that
# speaks all of them. Two servers can even be asked in two languages: KServe knows V1, the protocol
# of TensorFlow Serving, and V2, the Open Inference Protocol.

# %%
import json

from onecnn import cells, mnist, paths

SERVERS = paths.programs("05_deployment/03_servers_compared")
clients = cells.program("05_deployment/03_servers_compared/clients")

digits = mnist.load()
for name, path in clients.PATHS.items():
    text = json.dumps(clients.body(name, digits.test_images[:1]))
    print(f"{name:<11} POST {path:<27} {text[:50]} ...")

# %% [markdown]
# **Predict, then run.** FastAPI and KServe have the same address and the same envelope. Can you
# swap one for the other, and leave the client as it is?
#
# <details><summary>Answer</summary>
#
# No. A protocol fixes the envelope, not the tensor in it. KServe serves TensorFlow's SavedModel,
# which wants channels last: 28 x 28 x 1. Ours wants 1 x 28 x 28. V1 does not even say which: you
# have to know. V2 sends the shape along, and a server can tell you what it expects.
#
# </details>

# %%
import numpy as np

for name in ("FastAPI", "KServe"):
    print(f"{name:<8} one digit: "
          f"{np.array(clients.body(name, digits.test_images[:1])['instances']).shape[1:]}")
print("KServe V2 says so itself:",
      clients.body("KServe V2", digits.test_images[:1])["inputs"][0]["shape"])

# %% [markdown]
# ## What is deployed?
#
# The networks that PyTorch and TensorFlow trained in their own chapters, each in the form that its
# server reads: an ONNX file, a SavedModel, and for TorchServe a `.mar`, a zip file. In it lie the
# chapter's own cells as a module, and the weights as safetensors.
#
# Why not one exported program? `torch.export.load` tries to read example inputs safely, and if that
# fails it **unpickles** them ([pytorch 153410](https://github.com/pytorch/pytorch/issues/153410)):
# a stranger's file may run code. Safetensors hold numbers only.

# %%
import tempfile
import zipfile
from pathlib import Path

checking = cells.program("05_deployment/03_servers_compared/checking")
fleet = cells.program("05_deployment/03_servers_compared/fleet")

scratch = tempfile.TemporaryDirectory()
folder = Path(scratch.name)
fleet.prepare(folder)
packed = zipfile.ZipFile(folder / "torchserve" / "digits.mar").namelist()
print("digits.mar:", sorted(name for name in packed if "/" not in name))

# %% [markdown]
# ## What is asked of each?
#
# The contract with 1,000 test digits, in batches of 100. Then 400 requests of eight callers, its
# memory, and five bad requests. All of it runs while the server runs, so it is one function.

# %%
from onecnn import contract, trained

results = {}

# %%
def examine(name, server, key="pytorch"):
    """Fills ``results[name]``; prints what must be the same on every machine. Raises if the server
    dies of it."""
    logits = clients.ask(name, server.url, digits.test_images)
    verdict = contract.judge(logits, trained.weights(key))
    measured = fleet.load(name, server.url, users=8, answers=400)
    bad = clients.bad_requests(name, digits.test_images[0])
    answers = {what: clients.post(server.url + clients.PATHS[name], text)[0]
               for what, text in bad.items()}
    clients.ask(name, server.url, digits.test_images[:1])
    results[name] = {**measured, "megabytes": fleet.megabytes(server.mark), "answers_to": answers,
                     "verdict": verdict, "10 GB": clients.announced(name, server.url)}
    print(f"{name}: the contract {verdict}; on loopback only: "
          f"{fleet.listening(server.mark) == {'127.0.0.1'}}")
    return logits


# %% [markdown]
# ## 1. What does your own service do?
#
# FastAPI and ONNX Runtime, as in [the chapter before](02_serving.ipynb). `fleet.start` starts any
# of the servers on a free port of the loopback and ends it, and all that it started, when the block
# ends.
#
# A contract that never fails proves nothing. So two faults are planted, both in the client: it
# sends its images transposed, and it forgets to divide by 255. (A stale file on the server is the
# third; the chapter's tests plant it.)
#
# **Predict, then run.** Which of the two does the service notice by itself?
#
# <details><summary>Answer</summary>
#
# The second: our service asks that every pixel lies from 0 to 1. A transposed digit is a perfect
# request with a wrong meaning. Only the comparison of all logits finds it.
#
# </details>

# %%
with fleet.timed("FastAPI", folder) as (server, _, seconds):
    examine("FastAPI", server)
    turned = clients.ask("FastAPI", server.url, digits.test_images.transpose(0, 1, 3, 2))
    bytes_sent = json.dumps(clients.body("FastAPI", 255 * digits.test_images[:1]))
    status, _ = clients.post(server.url + clients.PATHS["FastAPI"], bytes_sent)
results["FastAPI"]["seconds"] = seconds
print("transposed: the contract", contract.judge(turned, trained.weights("pytorch")))
print("0 to 255  : the service answers", status)

# %% [markdown]
# ## 2. What was TorchServe?
#
# PyTorch's own server,
# [made by Meta and AWS](https://dev-discuss.pytorch.org/t/torchserve-increasing-inference-speed-while-improving-efficiency/1194),
# from April 2020 to 0.12 in September 2024. A Java process takes the requests and hands them to
# Python workers. You write a *handler*. **Archived since 7 August 2025**; its README says: no
# updates, no bug fixes, no security patches ([repository](https://github.com/pytorch/serve), asked
# why in [serve 3396](https://github.com/pytorch/serve/issues/3396)). For something new take any of
# the others.

# %%
def show(file, start, end=None):
    """The lines of a program from the one that begins with ``start`` to the one before ``end``."""
    text = (SERVERS / file).read_text(encoding="utf-8")
    print(text[text.index(start):text.index(end, text.index(start)) if end else None].rstrip())


show("torchserve_handler.py", "class Digits")

# %%
show("torchserve_start.py", "inference_address", "default_workers")

# %% [markdown]
# Five ports, all on 127.0.0.1, and a key for each request: TorchServe writes three into
# `key_file.json`, which its user alone can read. `fleet.start` gives our client the one for
# inference.

# %% [markdown]
# Why so strict? The management port can be allowed to load *any* model from *any* address, and a
# `.mar` is code. In 2023 it was, on all addresses, without a password: **ShellTorch**,
# [CVE-2023-43654](https://github.com/pytorch/serve/security/advisories/GHSA-8fxr-qfr9-p34w),
# severity 10 of 10. Version 0.8.2 added a warning; later ones moved to the loopback, switched keys
# on, and loading off.

# %%
with fleet.timed("TorchServe", folder) as (server, ready, seconds):
    examine("TorchServe", server)
    started = len(fleet.processes(server.mark))
    key = clients.TOKENS.pop(server.url)
    status, text = clients.post(server.url + clients.PATHS["TorchServe"], "[]")
results["TorchServe"]["seconds"] = seconds
print("without its key:", status, json.loads(text)["message"][:27])
print("processes for one worker, more than two:", started > 2)

# %% [markdown]
# **A trap:** `/ping` says 200 as soon as the Java part is up, while the worker still imports
# PyTorch. A probe of Kubernetes then sends it callers, who wait
# ([serve 3047](https://github.com/pytorch/serve/issues/3047), open when the archive closed). Below,
# "seconds" are therefore counted to the first *answer*. And it asks for the key: `fleet.start`
# looks at `/api-description`.

# %% [markdown]
# A second one: TorchServe keeps its process id in the common temporary folder, and
# `torchserve --stop` of one user stops the other's. Our start program gives it a folder of its own.

# %% [markdown]
# ## 3. How near can you get to TensorFlow Serving?
#
# TensorFlow Serving is a C++ program that comes as a Docker image or from Google's own Debian
# archive ([set-up](https://www.tensorflow.org/tfx/serving/setup)); there is no Python package of
# the server, so we cannot run it here. **KServe**'s model server speaks its REST protocol, and runs
# the real SavedModel through TensorFlow. The rest is yours to write:

# %%
show("kserve_digits.py", "    def load", "class Loopback")

# %% [markdown]
# What TensorFlow Serving has and this lacks: version folders that are watched, `/metadata`,
# batching on the server. And one surprise: KServe's server listens on **all** addresses, with no
# option for it ([kserve 4558](https://github.com/kserve/kserve/issues/4558)): in a pod that is
# meant, on your laptop it is not. The cure is a subclass of four lines:

# %%
show("kserve_digits.py", "class Loopback", "if __name__")

# %% [markdown]
# ## A trap: can one request kill a server?
#
# `checking.digits` looks at the shape. In a careless server it does not, as in many tutorials. Two
# KServe servers start side by side, and both get the same request: a digit as a flat list of 784
# numbers.
#
# **Predict, then run.** What does the careless one answer: 400, 500, or something else?
#
# <details><summary>Answer</summary>
#
# Nothing. The convolution of oneDNN, Intel's library inside TensorFlow, does not *raise* an error
# for an input of the wrong rank: a C++ check calls `abort`. No `try` in Python can catch it. The
# process ends with signal 6, and with it all other requests. The careful one answers 400.
#
# </details>

# %%
flat = clients.bad_requests("KServe", digits.test_images[0])["a flat list"]
with fleet.start("KServe", folder, **checking.CARELESS) as careless, fleet.timed(
        "KServe", folder) as (server, _, seconds):
    status, _ = clients.post(careless.url + clients.PATHS["KServe"], flat)
    print("careless: answer", status, "(none), exit code", careless.process.wait(20))
    print("it says :", careless.log.read_text().split("Check failed: ")[1].split(" Invalid")[0])
    v1 = examine("KServe", server, key="tensorflow")
    v2 = clients.ask("KServe V2", server.url, digits.test_images)
print("careful : answer", results["KServe"]["answers_to"]["a flat list"], "and it lives")
print("V2 gives the logits of V1:", np.abs(v2 - v1).max() < 1e-5)
results["KServe"]["seconds"] = seconds

# %% [markdown]
# The bug is known ([tensorflow 111453](https://github.com/tensorflow/tensorflow/issues/111453),
# 2026); a fix was merged in June 2026
# ([112650](https://github.com/tensorflow/tensorflow/pull/112650)), our TensorFlow 2.21 is older.
# Three cures: check the shape before the engine sees it; `TF_ENABLE_ONEDNN_OPTS=0`, which turns it
# into an error; and a supervisor that starts a dead server again. The first is the one that also
# gives the caller a reason.

# %% [markdown]
# **The trap in the trap:** TensorFlow takes oneDNN's kernels by itself where the processor has
# instructions like AVX512-VNNI or AMX, and its own elsewhere. So the same server, asked the same,
# answers 500 on one machine and dies on another: we met it when we changed ours.
# `checking.CARELESS` asks for oneDNN, so that you see it everywhere.
#
# Why V2 needed care: a request's `id` is optional there, and KServe turns a reply without one into
# a 500.

# %% [markdown]
# ## 4. How little can you write?
#
# **LitServe** is a layer over FastAPI: `setup` loads, `decode_request`, `predict` and
# `encode_response` are one request's way, and the class starts processes, queues and health checks
# around it. Batching is two numbers.

# %%
show("litserve_digits.py", "class Digits", "if __name__")

# %% [markdown]
# `--batch 16 --wait 0.005`: up to 16 requests may share one run of the network, and the first waits
# at most 5 ms for others. The reply says how many shared.
#
# **Predict, then run.** One caller asks 48 times, one request after the other. How many requests
# share a run, and what do the 5 ms do for this caller?
#
# <details><summary>Answer</summary>
#
# One. Its next request comes when the last is answered, so nobody is there to share. It waits 5 ms
# each time, for nothing. Batching pays with many callers, and with an engine for which 16 digits
# cost hardly more than one.
#
# </details>

# %%
from concurrent.futures import ThreadPoolExecutor

ONE = json.dumps(clients.body("LitServe", digits.test_images[:1]))


def together(url, callers):
    """How many requests shared a run, for each of 48 requests from so many callers at the same
    time."""
    with ThreadPoolExecutor(callers) as pool:
        replies = pool.map(lambda _: clients.post(url + "/predict", ONE)[1], range(48))
        return [json.loads(text)["requests_in_this_run"] for text in replies]


# %%
with fleet.timed("LitServe", folder, "--batch", "16") as (server, _, seconds):
    shared = {callers: together(server.url, callers) for callers in (1, 2, 4, 8, 16)}
    examine("LitServe", server)
results["LitServe"]["seconds"] = seconds
print("one caller, largest batch:", max(shared[1]))
print("16 callers, some share a run:", max(shared[16]) > 1, " never more than 16:",
      max(shared[16]) <= 16)

# %%
fig, ax = lesson.figure(7, 2.8)
for place, sizes in enumerate(shared.values()):
    counts = [sizes.count(size) / len(sizes) for size in range(1, 17)]
    ax.scatter([place] * 16, range(1, 17), s=[420 * share for share in counts], color=lesson.BLUE,
               alpha=0.75)
    mean = np.mean(sizes)
    ax.plot([place - 0.3, place + 0.3], [mean, mean], color=lesson.VERMILION, linewidth=2,
            label=None if place else "mean")
ax.set(xlabel="callers at the same time", ylabel="requests in one run", ylim=(0, 17.5),
       xlim=(-0.6, 4.6), title="Who travels together? (area: share of the requests)",
       yticks=range(0, 17, 4))
ax.set_xticks(range(5), list(shared))
ax.legend(loc="upper left")
lesson.show(fig, alt="Requests that share one run of the network, for 1, 2, 4, 8 and 16 callers. "
            "One caller always travels alone; several callers share runs, never more than 16 "
            "requests in one.")

# %% [markdown]
# ## A trap: is a dead server dead?
#
# Kubernetes, systemd and `docker stop` end a program with the signal SIGTERM to its first process.
# **Predict, then run.** We send it to LitServe's. What does the next request get?
#
# <details><summary>Answer</summary>
#
# 200. LitServe's main process dies, its children do not: the one with the socket and the one with
#      the model go on, without a parent. A new server then finds the port taken, or the old network
#      answers for weeks. Ctrl-C is handled; SIGTERM is not, in version 0.2.19.
#
# </details>

# %%
import signal

with fleet.start("LitServe", folder) as server:
    server.process.send_signal(signal.SIGTERM)
    print("the server's process ended by signal:", -server.process.wait(20))
    print("processes that are still there, more than one:", len(fleet.processes(server.mark)) > 1)
    print("a request is answered with:", clients.post(server.url + "/predict", ONE)[0])
print("after the end of the with block, processes:", len(fleet.processes(server.mark)))

# %% [markdown]
# How does the `with` block find them? Not by process groups or by parents, both of which they have
# left. `onecnn.launch` puts a mark into the environment, which every child inherits, and a guard
# kills whatever carries it, even if this notebook is killed. In a container the same is done by the
# kernel: when process 1 ends, all end. So: **one server, one container**, or a supervisor that
# knows the group.

# %% [markdown]
# ## 5. What does a cluster add?
#
# **Ray Serve** runs your class as *replicas* on the machines of a Ray cluster. You give a number,
# or `"auto"`, and it adds and removes them by the length of the queue; a replica may ask for half a
# GPU.

# %%
show("ray_serve_digits.py", "@serve.deployment", "if __name__")

# %% [markdown]
# It is not started here: nine processes, and some 20 seconds until the first answer. The chapter's
# tests start it and hold it to the contract, and you can, on Linux or macOS, in a terminal in the
# course's folder:
#
# ```
# export PYTHONPATH=. JUPYTER_PATH=.venv/share/jupyter
# FOLDER=$(mktemp -d) HERE=notebooks/05_deployment/03_servers_compared
# .venv-deployment/bin/python $HERE/prepare.py $FOLDER onnx
# export MODEL=$FOLDER/onnx/digits.onnx
# .venv-deployment/bin/python $HERE/ray_serve_digits.py --port 8000
# ```
#
# The first program writes the model, the second serves it until you press Ctrl-C.

# %% [markdown]
# Ray would put its *own* ports on the machine's address; the program brings them to the loopback,
# all but one, which Ray 2.60 opens on every interface for other replicas. A secret token guards
# them all ([a cluster's chapter](../04_distributed/03_to_a_cluster.ipynb) met the same).

# %% [markdown]
# ## What do they answer to a bad request?
#
# The same five to each, with our check in place. A 4xx says: your fault, do not try again. A 5xx
# says: ours, try again, wake somebody.

# %%
kinds = list(results["FastAPI"]["answers_to"])
print(f"{'':<11}" + "".join(f"{kind:>14}" for kind in kinds))
for name, found in results.items():
    print(f"{name:<11}" + "".join(f"{found['answers_to'][kind]:>14}" for kind in kinds))

# %% [markdown]
# Two answers are wrong, and not by our code: half a JSON is the caller's fault, but LitServe parses
# it before `decode_request`, and TorchServe's worker reports whatever your handler raises as 503,
# unless it is a `PredictionException` with a code of its own. A client that retries on 5xx will
# retry it for ever.

# %% [markdown]
# And 10 GB? FastAPI's limit is in our code. TorchServe has `max_request_size`, 6.5 MB unless you
# change it. KServe, LitServe and Ray Serve read all that comes, unless told. The first two take
# Starlette's `RequestBodyLimitMiddleware`, and LitServe has `max_payload_size`, which counts what
# has come. Ray Serve takes no middleware in front, so its program counts (`checking.body`).

# %%
print("10 GB announced:", {name: found["10 GB"] for name, found in results.items()})

# %% [markdown]
# And without the check? This was recorded once, by `measure_servers.py`:

# %%
recorded = json.loads((SERVERS / "servers.json").read_text(encoding="utf-8"))
print(f"{'careless':<11}" + "".join(f"{kind:>14}" for kind in kinds))
for name, answers in recorded["careless"].items():
    found = [answers[kind] for kind in kinds]
    words = [f"dies ({one['exit_code']})" if one["exit_code"] else str(one["status"])
             for one in found]
    print(f"{name:<11}" + "".join(f"{word:>14}" for word in words))

# %% [markdown]
# Look at the column of the NaN: three times **200**. PyTorch's logits are NaN, and TorchServe
# writes that into JSON, which has no such word. In ONNX Runtime the relu or the max pooling
# swallows it: the caller gets ten ordinary numbers for a digit that was not one. No status code
# shows it. KServe is safe by luck: its JSON parser is strict.
#
# And see "no digits": an empty list kills KServe's TensorFlow just as dead.

# %% [markdown]
# ## How fast, how large, how long?
#
# Eight callers; each asks for one digit, waits, asks again, until 400 answers are there. `locust`
# counts. It runs on the same cores as the server, so these figures hold for this machine and this
# minute.

# %% tags=["nbval-ignore-output"]
print(f"{'':<11}{'p50 ms':>8}{'p99 ms':>8}{'a second':>10}{'MB':>7}{'first answer s':>16}")
for name, found in results.items():
    print(f"{name:<11}{found['p50_ms']:>8.0f}{found['p99_ms']:>8.0f}{found['per_second']:>10.0f}"
          f"{found['megabytes']:>7.0f}{found['seconds']:>16.1f}")

# %%
print("failures under load:", sum(found["failures"] for found in results.values()))
print("each answered, p50 <= p99:", all(found["answers"] > 0 and found["p50_ms"] <= found["p99_ms"]
                                        for found in results.values()))
print("largest memory more than 4 times the smallest:",
      max(f["megabytes"] for f in results.values())
      > 4 * min(f["megabytes"] for f in results.values()))
print("every contract holds:", all(found["verdict"].holds for found in results.values()))

# %% [markdown]
# ## And over a longer run?
#
# `measure_servers.py` does the same with 1 to 16 callers, for all six rows, one after the other,
# and writes `servers.json`. **Recorded**, not run now. Throughput rises with the callers until the
# slowest part is always busy; from there on more callers only wait longer.

# %%
COLORS = dict(zip(recorded["rows"], (lesson.BLACK, lesson.ORANGE, lesson.VERMILION, lesson.BLUE,
                                     lesson.SKY, lesson.GREEN)))
MARKS = dict(zip(recorded["rows"], "osD^vP"))
fig, (left, right) = lesson.figure(8.6, 3.6, columns=2)
for name, row in recorded["rows"].items():
    users, rate, late = zip(*((load["users"], load["per_second"], load["p99_ms"])
                              for load in row["loads"]))
    left.plot(users, rate, MARKS[name] + "-", color=COLORS[name], label=name)
    right.plot(users, late, MARKS[name] + "-", color=COLORS[name])
for ax, label in ((left, "answers a second"), (right, "p99, ms")):
    ax.set(xscale="log", yscale="log", xlabel="callers at the same time", ylabel=label,
           xticks=users, xticklabels=users)
    ax.minorticks_off()
fig.legend(loc="outside right center")
left.set_title(f"Recorded {recorded['date']}, {recorded['cores']} cores")
lesson.show(fig, alt="Recorded: answers a second and 99th percentile of the latency for 1 to 16 "
            "callers and six servers. FastAPI gives most answers, Ray Serve fewest; the curves of "
            "answers flatten while the latency goes on rising.")

# %%
print(f"{'recorded':<18}{'ready s':>8}{'answer s':>9}{'p50 ms':>7}{'p99 ms':>7}{'a second':>9}"
      f"{'MB':>6}{'processes':>10}{'lines':>6}")
for name, row in recorded["rows"].items():
    full = max(row["loads"], key=lambda load: load["per_second"])
    eight = next(load for load in row["loads"] if load["users"] == 8)
    print(f"{name:<18}{row['ready_s']:>8.1f}{row['first_answer_s']:>9.1f}{eight['p50_ms']:>7.0f}"
          f"{eight['p99_ms']:>7.0f}{full['per_second']:>9.0f}{row['megabytes']:>6.0f}"
          f"{row['processes']:>10}{row['lines']:>6}")

# %% [markdown]
# p50 and p99: eight callers; "a second": the best of all; MB: the proportional memory of all
# processes; "lines" are yours to write and keep. FastAPI has most: validation, two protocols,
# metrics and reloading are its own code. The others' do one protocol.
#
# Do not read a ranking into it. The engines differ, the network takes a fraction of a millisecond,
# and so you see what the *servers* cost. Beside a network of 100 ms, these differences would be
# small for one caller.

# %%
alone, batched = recorded["rows"]["LitServe"], recorded["rows"]["LitServe, batches"]
print(f"{'LitServe, callers':<20}" + "".join(f"{load['users']:>7}" for load in alone["loads"]))
print(f"{'alone, a second':<20}" + "".join(f"{load['per_second']:>7.0f}"
                                           for load in alone["loads"]))
print(f"{'batches, a second':<20}" + "".join(f"{load['per_second']:>7.0f}"
                                             for load in batched["loads"]))

# %% [markdown]
# One caller pays for the 5 ms. With many callers batching gains only where the engine was the slow
# part, and here it is not: parsing JSON and passing messages between processes are, and each
# request still pays for those. [The chapter before](02_serving.ipynb) measures the engine alone.

# %% [markdown]
# ## What do they give beyond an answer?
#
# | | batching | more copies | new version, canary | needs |
# |---|---|---|---|---|
# | your own service | you write it | Kubernetes | you write it | nothing |
# | TorchServe (archived) | `batch_size` | workers | management port | Java |
# | KServe | a batcher | to zero and back, by load | canary rollouts | Kubernetes, for all but the model server |
# | LitServe | two numbers | workers for each device | not in the library | nothing |
# | Ray Serve | a decorator | by the queue; parts of a GPU | in-place updates | a Ray cluster |
#
# Each cell is from the server's documentation (sources below). What ran here is the model server
# alone.

# %% [markdown]
# ## Who is missing?
#
# - **Triton** (NVIDIA): many engines, dynamic batching, model repositories. It comes
#   [as a container or as source](https://docs.nvidia.com/deeplearning/sdk/triton-inference-server-guide/docs/getting_started/quickstart.html),
#   and here is no container engine.
# - **BentoML**: the nearest relative of LitServe, with
#   [adaptive batching](https://docs.bentoml.com/en/latest/guides/adaptive-batching.html) and a
#   packager. It is not in this environment: when we tried, its pins met those of Ray 2.60.
# - **vLLM**: [for large language models](https://docs.vllm.ai/en/v0.5.1/index.html): its ideas,
#   paged attention and continuous batching, are about sequences of tokens. A digit has none.

# %%
scratch.cleanup()

# %% [markdown]
# ## Quiz
#
# Choose an answer, then unfold it.
#
# <!-- made by course.py build: quiz -->
#
# **1.** A client transposes its images before it sends them. Which check finds that?
#
# <details><summary>A. The server's check of the shape</summary>No. A digit of 28 x 28 has the same shape afterwards.</details>
# <details><summary>B. The server's check that pixels lie from 0 to 1</summary>No. The pixels have the same values, at other places.</details>
# <details><summary>C. The comparison of all logits with the reference</summary>Right. The request is perfect in form and wrong in meaning, so its answers have to be compared.</details>
#
# <br>**2.** A bad request can make TensorFlow's engine abort. Which cure also tells the caller what
# is wrong?
#
# <details><summary>A. A supervisor that starts the server again</summary>No. The server comes back, but this caller gets no answer, and all other requests ended with it.</details>
# <details><summary>B. A check of the shape before the engine</summary>Right. It answers 400 with a reason, and the engine does not see the request.</details>
# <details><summary>C. <code>try</code> and <code>except</code> around the engine</summary>No. A C++ check calls <code>abort</code>. The process ends, and no line of Python runs any more.</details>
#
# <br>**3.** A careless TensorFlow server answers 500 to a flat list on your laptop, without any
# setting for oneDNN. What do you conclude for production?
#
# <details><summary>A. There the same request may kill it</summary>Right. TensorFlow takes oneDNN's kernels by itself on some processors, and with them it aborts.</details>
# <details><summary>B. It will answer 500, as code and versions are the same</summary>No. TensorFlow chooses its kernels by the processor. The same server dies on one machine and lives on another.</details>
# <details><summary>C. It is safe, as the error was caught</summary>No. Here an error was raised. Where the kernel calls <code>abort</code>, there is nothing to catch.</details>
#
# <br>**4.** You stop LitServe 0.2.19 with SIGTERM to its main process. How do you make sure that
# none of its processes goes on?
#
# <details><summary>A. End its process group</summary>No. The children have left the group.</details>
# <details><summary>B. Wait longer before you start the new one</summary>No. They do not end by themselves. They go on answering, without a parent.</details>
# <details><summary>C. Look for the children of the dead process and end them</summary>No. They have left their parent as well, so they are not found that way.</details>
# <details><summary>D. Give it a container of its own, as process 1</summary>Right. When process 1 ends, the kernel ends all others in the container.</details>
#
# <br>**5.** A careless service runs our network in ONNX Runtime. A caller sends a NaN as a pixel.
# What came back in the recorded trial?
#
# <details><summary>A. 500, as the engine raised an error</summary>No. A flat list made it raise one. A NaN is a float32 like others, and the shape was right.</details>
# <details><summary>B. 200 with ten NaN</summary>No. That was TorchServe, where PyTorch's logits are NaN.</details>
# <details><summary>C. 200 with ten ordinary numbers</summary>Right. The ReLU or the max pooling swallows the NaN, and no status code shows it.</details>
#
# <br>**6.** In the table one server gives ten times the answers of another. Your own network takes
# 100 ms for a run. What does the table tell you?
#
# <details><summary>A. Take the quickest: it will be ten times as fast for you, too</summary>No. Beside 100 ms of computing, the milliseconds of most servers hardly count.</details>
# <details><summary>B. What the servers cost. With your network the rows would look much alike</summary>Right. Here a run takes a fraction of a millisecond, so you see the rest.</details>
# <details><summary>C. Take the one with the fewest lines: less code is quicker</summary>No. The service with the most lines gave the most answers. Lines tell what you keep, not how fast it is.</details>
#
# <br>**7.** One small model, one machine. You want batching and several workers, and do not want to
# write them. What do you take?
#
# <details><summary>A. LitServe</summary>Right. Batching is two numbers there, and workers come with the class. Mind what SIGTERM leaves behind.</details>
# <details><summary>B. TorchServe</summary>No. It has both, but it is archived and gets no security patches.</details>
# <details><summary>C. Ray Serve</summary>No. It has both, but needs nine processes here. It fits where several models call one another, or Ray is there.</details>
# <details><summary>D. FastAPI with ONNX Runtime</summary>No. You see every line there because you write every line, the batching among them.</details>
#
# <!-- end -->

# %% [markdown]
# ## Recap
#
# | server | its idea | its trap |
# |---|---|---|
# | FastAPI + ONNX Runtime | you see every line | you write every line |
# | TorchServe (archived) | Java in front, Python workers behind | `/ping` before the worker is there; no patches |
# | KServe | a standard protocol in front of any model | an engine that aborts takes it along; all addresses |
# | LitServe | one class, the rest is done | children that outlive SIGTERM |
# | Ray Serve | replicas on a cluster | nine processes before the first answer |

# %% [markdown]
# **Choose it when:** your own service for one model that you understand; LitServe when you want its
# batching and workers without writing them; KServe when the platform is Kubernetes and many teams
# need one protocol; Ray Serve when several models call one another, or Ray is there already.

# %% [markdown]
# **Avoid it when:** TorchServe, for anything new; Ray Serve and KServe for one small model on one
# machine, where they cost more memory and time than the network; and any server that you have not
# sent a bad request.
#
# **Now you:** [the exercise](../../exercises/05_deployment/03_servers_compared.ipynb), with
# self-checks.

# %% [markdown]
# ## Sources
#
# All checked 2026-11-24, what names another day on that one.
# - TorchServe: [archived 7 August 2025](https://github.com/pytorch/serve/issues/3396), [no
#   patches](https://docs.pytorch.org/serve/_sources/README.md.txt), 0.12.0 on [30 September
#   2024](https://pypi.org/project/torchserve/#history) (read 2026-11-29), ready too early: [serve
#   3047](https://github.com/pytorch/serve/issues/3047), 2024
# - ShellTorch:
#   [GHSA-8fxr-qfr9-p34w](https://github.com/pytorch/serve/security/advisories/GHSA-8fxr-qfr9-p34w),
#   2023; loopback by default since [0.9.0](https://github.com/pytorch/serve/releases/tag/v0.9.0);
#   [keys](https://docs.pytorch.org/serve/_sources/token_authorization_api.md.txt) and [no
#   loading](https://docs.pytorch.org/serve/_sources/model_api_control.md.txt) unless switched,
#   checked 2026-11-29
# - `torch.export.load` and pickle:
#   [pytorch 153410](https://github.com/pytorch/pytorch/issues/153410),
#   [191149](https://github.com/pytorch/pytorch/pull/191149), 2026
# - TensorFlow Serving: [set-up](https://www.tensorflow.org/tfx/serving/setup),
#   [REST](https://www.tensorflow.org/tfx/serving/api_rest)
# - KServe: [V2
#   protocol](https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol),
#   [what it adds](https://github.com/kserve/kserve),
#   [batcher](https://kserve.github.io/website/latest/sdk_docs/docs/V1beta1Batcher/); all addresses:
#   [kserve 4558](https://github.com/kserve/kserve/issues/4558), 2025
# - The abort: [tensorflow 111453](https://github.com/tensorflow/tensorflow/issues/111453),
#   [112650](https://github.com/tensorflow/tensorflow/pull/112650), 2026; where oneDNN is on:
#   [TensorFlow 2.9](https://blog.tensorflow.org/2022/05/whats-new-in-tensorflow-29.html), 2022,
#   checked 2026-11-28
# - LitServe: [batching](https://lightning.ai/docs/litserve/features/batching)
# - Ray Serve: [autoscaling](https://docs.ray.io/en/latest/serve/autoscaling-guide.html),
#   [parts of a GPU](https://docs.ray.io/en/latest/serve/resource-allocation.html),
#   [batching](https://docs.ray.io/en/latest/serve/api/doc/ray.serve.batch.html)
# - Triton, BentoML, vLLM: linked where they stand

# %% [markdown]
# **On your path:**
#
# - *Production, 13 of 16:* [Serving](02_serving.ipynb) → here →
#   [Edge and mobile](04_edge_and_mobile.ipynb)
#
# **In the order of the folders:** previous [Serving](02_serving.ipynb) · next
# [Edge and mobile](04_edge_and_mobile.ipynb) · [all chapters](../00_start_here.ipynb)
