r"""Measures all servers of this folder under one load generator, and writes servers.json beside
this program.

    PYTHONPATH=. .venv-deployment/bin/python \
        notebooks/05_deployment/03_servers_compared/measure_servers.py

in the course's root, with JUPYTER_PATH=.venv/share/jupyter, on a machine that does nothing else:
about 8 minutes on two cores. Each server alone: seconds until it is ready, the contract with 1,000
digits, locust with 1 to 16 callers in three rounds (the best is kept: what else the machine does
can only slow it down), memory under load, and the bad requests, with the programs' check and
without it.
"""
import argparse
import json
import os
import platform
import sys
import tempfile
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path

import checking
import clients
import fleet

from onecnn import contract, lesson, mnist, trained

ROWS = {"FastAPI": [], "TorchServe": [], "KServe": [], "LitServe": [],
        "LitServe, batches": ["--batch", "16"], "Ray Serve": []}
USERS, ROUNDS = (1, 2, 4, 8, 16), 3
PACKAGES = ("torchserve", "kserve", "litserve", "ray", "fastapi", "uvicorn", "onnxruntime", "torch",
            "tensorflow-cpu", "locust")


def measure(row, folder, seconds):
    """One row of the table."""
    name, options = row.split(",")[0], ROWS[row]
    digits, weights = mnist.load(), trained.weights("tensorflow" if name == "KServe" else "pytorch")
    with fleet.timed(name, folder, *options) as (server, ready, first):
        verdict = contract.judge(clients.ask(name, server.url, digits.test_images), weights)
        rounds, megabytes = [], 0
        for _ in range(ROUNDS):
            rounds.append([fleet.load(name, server.url, users, seconds) for users in USERS])
            megabytes = max(megabytes, fleet.megabytes(server.mark))
        count = len(fleet.processes(server.mark))
    best = [max(tries, key=lambda load: load["per_second"]) for tries in zip(*rounds)]
    return {"ready_s": ready, "first_answer_s": first, "contract_holds": verdict.holds,
            "difference": verdict.difference, "loads": best, "megabytes": megabytes,
            "processes": count, "lines": fleet.own_lines(name)}


def refusals(name, folder, careless):
    """What it answers to each bad request, and whether it lives afterwards; one that died is
    started again."""
    digit, answers = mnist.load().test_images[0], {}
    todo = list(clients.bad_requests(name, digit).items())
    while todo:
        with fleet.timed(name, folder, **(checking.CARELESS if careless else {})) as (server, _, _):
            while todo:
                what, text = todo.pop(0)
                status, reply = clients.post(server.url + clients.PATHS[name], text)
                code = server.process.wait(10) if status == 0 else None
                answers[what] = {"status": status, "exit_code": code,
                                 "reply": " ".join(reply.split())[:120]}
                if status == 0:
                    break
    return answers


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=2,
                        help="of load, for each number of callers, in each round")
    parser.add_argument("--out", type=Path, default=fleet.HERE / "servers.json")
    options = parser.parse_args()
    lesson.start()
    found = {"date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
             "machine": f"{platform.system()} {platform.machine()}",
             "cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 2),
             "seconds": options.seconds, "rounds": ROUNDS, "python": platform.python_version(),
             "versions": {name: metadata.version(name) for name in PACKAGES}}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        fleet.prepare(folder)
        found["rows"] = {}
        for row in ROWS:
            found["rows"][row] = measure(row, folder, options.seconds)
            print(row, found["rows"][row], file=sys.stderr, flush=True)
        for key, careless in (("checked", False), ("careless", True)):
            names = [name for name in clients.NAMES if name != "FastAPI" or not careless]
            found[key] = {name: refusals(name, folder, careless) for name in names}
    options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
