"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 command", 0, """
    return [f"--nnodes={len(MACHINES)}", "--nproc-per-node=2", "--max-restarts=5",
            "--rdzv-backend=c10d", "--rdzv-id=digits", f"--rdzv-endpoint={machine}:29400",
            "train.py"]
"""),
    ("1 command", 0, """
    return [f"--nnodes={len(MACHINES)}", "--nproc-per-node=2", "--max-restarts=5",
            "--rdzv-backend=c10d", f"--rdzv-id={machine}", f"--rdzv-endpoint={MACHINES[0]}:29400",
            "train.py"]
"""),
    ("1 command", 0, """
    return ["--nnodes=4", "--nproc-per-node=2", "--max-restarts=5", "--rdzv-id=digits",
            "--rdzv-endpoint=node-a:29400", "train.py"]
"""),
    ("1 command", 0, """
    return ["--nnodes=1", "--nproc-per-node=8", "--max-restarts=5", "--rdzv-backend=c10d",
            "--rdzv-id=digits", "--rdzv-endpoint=node-a:29400", "train.py"]
"""),
    ("1 command", 0, """
    return ["train.py", "--nnodes=4", "--nproc-per-node=2", "--max-restarts=5",
            "--rdzv-backend=c10d", "--rdzv-id=digits", "--rdzv-endpoint=node-a:29400"]
"""),
    ("2 checkpoint", 1, """
    torch.save({"step": done, "model": model.state_dict(),
                "optimizer": model.optimizer.state_dict()}, path)
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
    ("2 checkpoint", 2, """
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    return state["step"]
"""),
    ("2 checkpoint", 2, """
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    model.optimizer.load_state_dict(state["optimizer"])
    return 0
"""),
    ("2 checkpoint", 2, """
    state = torch.load(path, weights_only=True)
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
    ("4 cost", 4, """
    return FIXED + PER_IMAGE * each + (n - 1) * LATENCY + (n - 1) / n * size / BANDWIDTH
"""),
    ("4 cost", 4, """
    return FIXED + PER_IMAGE * each + 2 * LATENCY + 2 * (n - 1) / n * size / BANDWIDTH
"""),
    ("4 cost", 4, """
    return FIXED + PER_IMAGE * each + 2 * (n - 1) * LATENCY + 2 * (n - 1) * size / BANDWIDTH
"""),
    ("4 cost", 4, """
    return ((FIXED + PER_IMAGE * each) / n + 2 * (n - 1) * LATENCY
            + 2 * (n - 1) / n * size / BANDWIDTH)
"""),
    ("4 cost", 4, """
    return FIXED + PER_IMAGE * each + 2 * n * LATENCY + 2 * size / BANDWIDTH
"""),
    ("4 cost", 5, """
    return 256
"""),
    ("4 cost", 5, """
    return min((2 ** power for power in range(9)), key=lambda n: step_seconds(n, batch))
"""),
]
