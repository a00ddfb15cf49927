"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 validated", 0, """
    return np.array(instances, np.float32)
"""),
    ("1 validated", 0, """
    array = np.array(instances, np.float32)
    if array.shape[1:] != (1, 28, 28) or not 1 <= len(array) <= 128:
        raise ValueError("wrong shape")
    if not ((array >= 0) & (array <= 1)).all():
        raise ValueError("pixels lie from 0 to 1")
    return array
"""),
    ("1 validated", 0, """
    try:
        array = np.array(instances, np.float32)
    except (TypeError, ValueError):
        raise ValueError("not numbers") from None
    if array.ndim != 4 or array.shape[1:] != (1, 28, 28) or not 1 <= len(array) <= 128:
        raise ValueError("wrong shape")
    if (array < 0).any() or (array > 1).any():
        raise ValueError("pixels lie from 0 to 1")
    return array
"""),
    ("1 validated", 0, """
    try:
        array = np.array(instances, np.float32).reshape(-1, 1, 28, 28)
    except (TypeError, ValueError):
        raise ValueError("wrong shape") from None
    if not np.isfinite(array).all() or array.min() < 0 or array.max() > 1:
        raise ValueError("pixels lie from 0 to 1")
    return array
"""),
    ("1 validated", 0, """
    array = np.nan_to_num(np.clip(np.array(instances, np.float32), 0, 1))
    if array.shape[1:] != (1, 28, 28):
        raise ValueError("wrong shape")
    return array
"""),
    ("2 report", 1, """
    waits = np.asarray(answered) - np.asarray(sent)
    rate = 1 / waits.mean()
    return {"rate": rate, "p99": 1000 * np.percentile(waits, 99), "mean": 1000 * waits.mean(),
            "busy": rate * waits.mean()}
"""),
    ("2 report", 1, """
    waits = np.asarray(answered) - np.asarray(sent)
    rate = len(waits) / seconds
    return {"rate": rate, "p99": 1000 * np.percentile(waits, 0.99), "mean": 1000 * waits.mean(),
            "busy": rate * waits.mean()}
"""),
    ("2 report", 1, """
    waits = np.asarray(answered) - np.asarray(sent)
    rate = len(waits) / seconds
    return {"rate": rate, "p99": 1000 * np.percentile(waits, 99), "mean": 1000 * np.median(waits),
            "busy": rate * waits.mean()}
"""),
    ("2 report", 1, """
    waits = 1000 * (np.asarray(answered) - np.asarray(sent))
    rate = len(waits) / seconds
    return {"rate": rate, "p99": np.percentile(waits, 99), "mean": waits.mean(),
            "busy": rate * waits.mean()}
"""),
    ("2 report", 1, """
    waits = np.asarray(answered) - np.asarray(sent)
    rate = len(waits) / seconds
    return {"rate": rate, "p99": 1000 * np.percentile(waits, 99), "mean": 1000 * waits.mean(),
            "busy": rate * np.median(waits)}
"""),
    ("3 manifest", 2, """
mended = manifest
"""),
    ("3 manifest", 2, """
mended = (manifest.replace("maxUnavailable: 100%", "maxUnavailable: 0")
          .replace("/v2/models/digits/ready",
                   "/v2/health/ready").replace("requests: {memory", "requests: {cpu: 250m, memory")
          .replace("selector: {app: digit}", "selector: {app: digits}"))
"""),
    ("3 manifest", 2, """
mended = (manifest.replace("maxUnavailable: 100%", "maxUnavailable: 0")
          .replace("/v2/models/digits/ready",
                   "/v2/health/live").replace("limits: {memory", "limits: {cpu: 250m, memory")
          .replace("selector: {app: digit}", "selector: {app: digits}"))
"""),
    ("3 manifest", 2, """
mended = (manifest.replace("/v2/models/digits/ready", "/v2/health/live")
          .replace("requests: {memory", "requests: {cpu: 250m, memory")
          .replace("selector: {app: digit}", "selector: {app: digits}"))
"""),
    ("3 manifest", 2, """
mended = (manifest.replace("maxUnavailable: 100%", "maxUnavailable: 0")
          .replace("/v2/models/digits/ready",
                   "/v2/health/live").replace("requests: {memory", "requests: {cpu: 250m, memory")
          .replace("name: digits}", "name: digit}"))
"""),
    ("4 collect", 3, """
    items = []
    try:
        async with asyncio.timeout(wait):
            while len(items) < most:
                items.append(await queue.get())
    except TimeoutError:
        pass
    return items
"""),
    ("4 collect", 3, """
    items = [await queue.get()]
    await asyncio.sleep(wait)
    while len(items) < most and not queue.empty():
        items.append(queue.get_nowait())
    return items
"""),
    ("4 collect", 3, """
    items = [await queue.get()]
    while len(items) < most and not queue.empty():
        items.append(queue.get_nowait())
    return items
"""),
    ("4 collect", 3, """
    items = [await queue.get()]
    while len(items) < most:
        items.append(await queue.get())
    return items
"""),
    ("4 collect", 3, """
    items = [await queue.get()]
    async with asyncio.timeout(wait):
        while len(items) < most:
            items.append(await queue.get())
    return items
"""),
]
