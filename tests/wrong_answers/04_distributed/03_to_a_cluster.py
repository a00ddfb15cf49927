"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 command", 0, """
    return ["--nnodes=4", "--nproc-per-node=2", "--max-restarts=5", "--rdzv-backend=c10d",
            "--rdzv-id=digits", "--rdzv-endpoint=node-a:29400", "train.py"]
"""),
    ("1 command", 0, """
    return [f"--nnodes={len(machines)}", f"--nproc-per-node={devices}", "--max-restarts=3",
            "--rdzv-backend=c10d", f"--rdzv-id={job}", f"--rdzv-endpoint={machines[0]}:29400",
            "train.py"]
"""),
    ("1 command", 0, """
    return [f"--nnodes={len(machines)}", f"--nproc-per-node={devices}",
            f"--max-restarts={restarts}", f"--rdzv-id={job}",
            f"--rdzv-endpoint={machines[0]}:29400", "train.py"]
"""),
    ("1 command", 0, """
    return ["--nnodes=1", f"--nproc-per-node={len(machines) * devices}",
            f"--max-restarts={restarts}", "--rdzv-backend=c10d", f"--rdzv-id={job}",
            f"--rdzv-endpoint={machines[0]}:29400", "train.py"]
"""),
    ("1 command", 0, """
    return ["train.py", f"--nnodes={len(machines)}", f"--nproc-per-node={devices}",
            f"--max-restarts={restarts}", "--rdzv-backend=c10d", f"--rdzv-id={job}",
            f"--rdzv-endpoint={machines[0]}:29400"]
"""),
    ("1 command", 0, """
    return [f"--nnodes={len(machines)}", f"--nproc-per-node={devices}",
            f"--max-restarts={restarts}", "--rdzv-backend=c10d", "--rdzv-id=digits",
            f"--rdzv-endpoint={machines[-1]}:29400", "train.py"]
"""),
    ("1 command", 0, """
    return [f"--nnodes={len(machines)}", f"--nproc-per-node={devices}",
            f"--max-restarts={restarts}", "--standalone", "--rdzv-backend=c10d",
            f"--rdzv-id={job}", f"--rdzv-endpoint={machines[0]}:29400", "train.py"]
"""),
    ("1 command", 0, """
    return ["--nnodes=999", f"--nnod={len(machines)}", f"--nproc-per-node={devices}",
            f"--max-restarts={restarts}", "--rdzv-backend=c10d", f"--rdzv-id={job}",
            f"--rdzv-endpoint={machines[0]}:29400", "train.py"]
"""),
    ("1 command", 0, """
    return [f"--nnodes={len(machines)}", f"--nproc-per-node={devices}", "--role=default",
            f"--max-restarts={restarts}", "--rdzv-backend=c10d", f"--rdzv-id={job}",
            f"--rdzv-endpoint={machines[0]}:29400", "train.py"]
"""),
    ("1 command", 0, """
    first = min(machines, key=len)
    return [f"--nnodes={len(machines)}", f"--nproc-per-node={devices}",
            f"--max-restarts={restarts}", "--rdzv-backend=c10d", f"--rdzv-id={job}",
            f"--rdzv-endpoint={first}:29400", "train.py"]
"""),
    ("2 checkpoint", 1, """
    torch.save({"step": done, "model": model.state_dict(),
                "optimizer": model.optimizer.state_dict()}, path)
"""),
    ("2 checkpoint", 1, """
    import shutil
    handle, elsewhere = tempfile.mkstemp()
    os.close(handle)
    torch.save({"step": done, "model": model.state_dict(),
                "optimizer": model.optimizer.state_dict()}, elsewhere)
    shutil.move(elsewhere, path)
"""),
    ("2 checkpoint", 1, """
    with path.open("wb") as stream:
        torch.save({"step": done, "model": model.state_dict(),
                    "optimizer": model.optimizer.state_dict()}, stream)
"""),
    ("2 checkpoint", 1, """
    path.unlink(missing_ok=True)
    unfinished = path.with_suffix(".part")
    torch.save({"step": done, "model": model.state_dict(),
                "optimizer": model.optimizer.state_dict()}, unfinished)
    unfinished.rename(path)
"""),
    ("2 checkpoint", 1, """
    import io
    stream = io.BytesIO()
    torch.save({"step": done, "model": model.state_dict(),
                "optimizer": model.optimizer.state_dict()}, stream)
    path.write_bytes(stream.getvalue())
"""),
    ("2 checkpoint", 1, """
    import shutil
    unfinished = path.with_suffix(".part")
    torch.save({"step": done, "model": model.state_dict(),
                "optimizer": model.optimizer.state_dict()}, unfinished)
    shutil.copyfile(unfinished, path)
    unfinished.unlink()
"""),
    ("2 checkpoint", 1, """
    unfinished = path.with_suffix(".part")
    torch.save({"step": 6, "model": model.state_dict(),
                "optimizer": model.optimizer.state_dict()}, unfinished)
    unfinished.replace(path)
"""),
    ("2 checkpoint", 2, """
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    return state["step"]
"""),
    ("2 checkpoint", 2, """
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    model.optimizer.load_state_dict(state["optimizer"])
    return 6
"""),
    ("2 checkpoint", 2, """
    state = torch.load(path, weights_only=True)
    model.optimizer.load_state_dict(state["optimizer"])
    return state["step"]
"""),
    ("2 checkpoint", 2, """
    state = torch.load(path, weights_only=False)
    model.load_state_dict(state["model"])
    model.optimizer.load_state_dict(state["optimizer"])
    return state["step"]
"""),
    ("2 checkpoint", 2, """
    try:
        state = torch.load(path, weights_only=True)
    except Exception:
        state = torch.load(path, weights_only=False)
    model.load_state_dict(state["model"])
    model.optimizer.load_state_dict(state["optimizer"])
    return state["step"]
"""),
    ("3 manifest", 3, "mended = manifest"),
    ("3 manifest", 3, """
mended = (manifest.replace("NonIndexed", "Indexed").replace("parallelism: 2", "parallelism: 4")
          .replace("digits-1.digits-net", "digits-0.digits-net"))
"""),
    ("3 manifest", 3, """
mended = (manifest.replace("NonIndexed", "Indexed").replace("completions: 4", "completions: 2")
          .replace("subdomain: digits",
                   "subdomain: digits-net").replace("digits-1.digits-net", "digits-0.digits-net"))
"""),
    ("3 manifest", 3, """
mended = (manifest.replace("parallelism: 2",
                           "parallelism: 4").replace("subdomain: digits", "subdomain: digits-net")
          .replace("digits-1.digits-net", "digits-0.digits-net"))
"""),
    ("3 manifest", 3, """
mended = (manifest.replace("NonIndexed", "Indexed").replace("parallelism: 2", "parallelism: 4")
          .replace("subdomain: digits", "subdomain: digits-net"))
"""),
    ("3 manifest", 3, """
mended = (manifest.replace("NonIndexed", "Indexed").replace("parallelism: 2", "parallelism: 4")
          .replace("digits-net", "digits").replace("digits-1.", "digits-0."))
"""),
    ("3 manifest", 3, """
mended = (manifest.replace("NonIndexed", "Indexed").replace("parallelism: 2", "parallelism: 4")
          .replace("subdomain: digits", "subdomain: digits-net").replace("digits-1.", "digits-0.")
          .replace("restartPolicy: Never", "restartPolicy: OnFailure"))
"""),
    ("4 cost", 4, """
    return (costs.fixed + costs.per_image * each + (n - 1) * costs.latency
            + (n - 1) / n * size / costs.bandwidth)
"""),
    ("4 cost", 4, """
    return (costs.fixed + costs.per_image * each + 2 * costs.latency
            + 2 * (n - 1) / n * size / costs.bandwidth)
"""),
    ("4 cost", 4, """
    return (costs.fixed + costs.per_image * each + 2 * (n - 1) * costs.latency
            + 2 * (n - 1) * size / costs.bandwidth)
"""),
    ("4 cost", 4, """
    return ((costs.fixed + costs.per_image * each) / n + 2 * (n - 1) * costs.latency
            + 2 * (n - 1) / n * size / costs.bandwidth)
"""),
    ("4 cost", 4, """
    return (costs.fixed + costs.per_image * each + 2 * n * costs.latency
            + 2 * size / costs.bandwidth)
"""),
    ("4 cost", 4, """
    return (costs.fixed + costs.per_image * each + 2 * (n - 1) * costs.latency
            + 2 * (n - 1) / n * 226856 / costs.bandwidth)
"""),
    ("4 cost", 5, "    return 256"),
    ("4 cost", 5, "    return 32"),
    ("4 cost", 5, """
    return min((2 ** power for power in range(9)),
               key=lambda n: step_seconds(costs, n, batch, size))
"""),
    ("4 cost", 5, """
    return min((2 ** power for power in range(9)),
               key=lambda n: step_seconds(costs, n, 1024 / n, size))
"""),
    ("4 cost", 5, """
    return min(range(1, 257), key=lambda n: step_seconds(costs, n, batch / n, size))
"""),
    ("4 cost", 5, """
    return max((2 ** power for power in range(9)),
               key=lambda n: n / step_seconds(costs, n, batch / n, size))
"""),
    ("4 cost", 5, """
    return min((2 ** power for power in range(9)),
               key=lambda n: step_seconds(costs, n, batch // n, size))
"""),
    ("4 cost", 4, """
    messages = 2 * (n - 1)
    return (costs.fixed + costs.per_image * max(each, 1)
            + messages * (costs.latency + size / n / costs.bandwidth))
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "unfinished = path.with_suffix(\".part\") -> unfinished = path.with_suffix('.partx')":
        "another name for the unfinished file",
    "state = torch.load(path, weights_only=True) -> state = torch.load(path)":
        "the default of this PyTorch",
}
