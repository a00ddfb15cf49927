"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

SERVER = '''
    import json
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    import numpy as np
    import onnxruntime
    session = onnxruntime.InferenceSession(file)

    def predict(body):
        digits = np.array(json.loads(body)["instances"], object)
        if digits.shape[1:] != (1, 28, 28) or len(digits) > 128:
            raise ValueError("another shape")
        if not all(type(pixel) in (int, float) and 0 <= pixel <= 1 for pixel in digits.flat):
            raise ValueError("no number from 0 to 1")
        logits, = session.run(None, {"images": digits.astype(np.float32)})
        return {"predictions": logits.tolist()}

    class Handler(BaseHTTPRequestHandler):
        def reply(self, status, content=None):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def do_GET(self):
            self.reply(200 if self.path == "/ready" else 404)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path != "/predict":
                return self.reply(404)
            try:
                content = predict(body)
            except (ValueError, KeyError, TypeError):
                return self.reply(400)
            self.reply(200, content)

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
'''


def server(right, wrong):
    """A right server in which one piece is another."""
    assert right in SERVER, right
    return SERVER.replace(right, wrong)


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
    ("3 manifest", 2, """
mended = (manifest.replace("maxUnavailable: 100%", "maxUnavailable: 67%")
          .replace("/v2/models/digits/ready",
                   "/v2/health/live").replace("requests: {memory", "requests: {cpu: 250m, memory")
          .replace("selector: {app: digit}", "selector: {app: digits}"))
"""),
    ("3 manifest", 2, """
mended = (manifest.replace("maxUnavailable: 100%", "maxUnavailable: 0")
          .replace("/v2/models/digits/ready", "/v2/health/live")
          .replace("/v2/health/ready", "/v2/models/digits/ready")
          .replace("{memory: 128Mi}", "{cpu: 250m}")
          .replace("selector: {app: digit}", "selector: {app: digits}"))
"""),
    ("3 manifest", 2, """
mended = (manifest.replace("maxUnavailable: 100%", 'maxUnavailable: "1"')
          .replace("/v2/models/digits/ready",
                   "/v2/health/live").replace("requests: {memory", "requests: {cpu: 250m, memory")
          .replace("selector: {app: digit}", "selector: {app: digits}"))
"""),
    ("3 manifest", 2, """
mended = (manifest.replace("maxUnavailable: 100%", "maxUnavailable: 2")
          .replace("/v2/models/digits/ready",
                   "/v2/health/live").replace("requests: {memory", "requests: {cpu: 250m, memory")
          .replace("selector: {app: digit}", "selector: {app: digits}"))
"""),
    ("3 manifest", 2, """
mended = (manifest.replace("maxUnavailable: 100%", "maxUnavailable: 1")
          .replace("/v2/models/digits/ready",
                   "/v2/health/live").replace("requests: {memory", "requests: {cpu: 25000, memory")
          .replace("selector: {app: digit}", "selector: {app: digits}"))
"""),
    ("3 manifest", 2, """
mended = (manifest.replace("maxUnavailable: 100%", "maxUnavailable: 1")
          .replace("/v2/models/digits/ready",
                   "/v2/health/live").replace("requests: {memory", "requests: {cpu: 250, memory")
          .replace("selector: {app: digit}", "selector: {app: digits}"))
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
    ("4 collect", 3, """
    items = [await queue.get()]
    try:
        while len(items) < most:
            items.append(await asyncio.wait_for(queue.get(), wait))
    except TimeoutError:
        pass
    return items
"""),
    ("4 collect", 3, """
    items = [await queue.get()]
    try:
        async with asyncio.timeout(wait):
            while len(items) <= most:
                items.append(await queue.get())
    except TimeoutError:
        pass
    return items[:most]
"""),
    ("4 collect", 3, """
    items = [await queue.get()]
    try:
        async with asyncio.timeout(0.55):
            while len(items) < most:
                items.append(await queue.get())
    except TimeoutError:
        pass
    return items
"""),
    ("4 collect", 3, """
    items = [await queue.get()]
    try:
        async with asyncio.timeout(wait):
            while len(items) < most:
                item = await queue.get()
                if item:
                    items.append(item)
    except TimeoutError:
        pass
    return items
"""),
    ("4 collect", 3, """
    items = [await queue.get()]
    while not queue.empty():
        items.append(queue.get_nowait())
    with suppress(TimeoutError):
        async with asyncio.timeout(wait):
            while len(items) < most:
                items.append(await queue.get())
    return items
"""),
    ("4 collect", 3, """
    items = [await queue.get()]
    if not queue.empty():
        items.append(queue.get_nowait())
        return items
    with suppress(TimeoutError):
        async with asyncio.timeout(wait):
            while len(items) < most:
                items.append(await queue.get())
    return items
"""),
    ("1 validated", 0, """
    if not isinstance(instances, list) or not 1 <= len(instances) <= 128:
        raise ValueError("how many digits?")
    try:
        array = np.array(instances, np.float32)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("not numbers") from None
    if array.shape[1:] != (1, 28, 28) or not ((array >= 0) & (array <= 1)).all():
        raise ValueError("no digits")
    return array
"""),
    ("1 validated", 0, """
    level = [instances]
    for length in (len(instances), 1, 28, 28):
        if not all(isinstance(part, list) and len(part) == length for part in level):
            raise ValueError("wrong shape")
        level = [item for part in level for item in part]
    if any(type(pixel) not in (int, float) or not 0 <= pixel <= 1 for pixel in level):
        raise ValueError("not a pixel")
    return np.array(instances, np.float32)
"""),
    ("1 validated", 0, """
    level = [instances]
    for lengths in (range(1, 129), [1], [28], [28]):
        if not all(isinstance(part, list) and len(part) in lengths for part in level):
            raise ValueError("wanted: 1 to 128 digits of 1 x 28 x 28")
        level = [item for part in level for item in part]
    if not all(type(pixel) in (int, float) and 0 <= np.float32(pixel) <= 1 for pixel in level):
        raise ValueError("wanted: pixels that are numbers from 0 to 1")
    return np.array(instances, np.float32)
"""),
    ("1 validated", 0, """
    level = [instances]
    for lengths in (range(1, 129), [1], [28], [28]):
        if not all(isinstance(part, list) and len(part) in lengths for part in level):
            raise ValueError("wanted: 1 to 128 digits of 1 x 28 x 28")
        level = [item for part in level for item in part]
    if not all(type(pixel) in (int, float) and 0 <= pixel <= 1 for pixel in level):
        raise ValueError("wanted: pixels that are numbers from 0 to 1")
    for d in instances:
        for row in d[0]:
            row[:] = map(float, row)
    return np.array(instances, np.float32)
"""),
    ("1 validated", 0, """
    level = [instances]
    for lengths in (range(1, 129), [1], [28], [28]):
        if not all(isinstance(part, list) and len(part) in lengths for part in level):
            raise ValueError("wanted: 1 to 128 digits of 1 x 28 x 28")
        level = [item for part in level for item in part]
    if not all(type(pixel) in (int, float) and 0 <= pixel <= 1 for pixel in level):
        raise ValueError
    return np.array(instances, np.float32)
"""),
    ("1 validated", 0, """
    level = [instances]
    for lengths in (range(1, 129), [1], [28], [28]):
        if not all(isinstance(part, list) and len(part) in lengths for part in level):
            raise ValueError("wanted: 1 to 128 digits of 1 x 28 x 28")
        level = [item for part in level for item in part]
    if not all(pixel is not True and isinstance(pixel, (int, float)) and 0 <= pixel <= 1
               for pixel in level):
        raise ValueError("wanted: pixels that are numbers from 0 to 1")
    return np.array(instances, np.float32)
"""),
    ("2 report", 1, """
    waits = np.asarray(answered) - np.asarray(sent)
    rate = len(waits) / (max(answered) - min(sent))
    return {"rate": rate, "p99": 1000 * np.percentile(waits, 99), "mean": 1000 * waits.mean(),
            "busy": rate * waits.mean()}
"""),
    ("2 report", 1, """
    waits = np.asarray(answered) - np.asarray(sent)
    rate = 4000 / seconds
    return {"rate": rate, "p99": 1000 * np.percentile(waits, 99), "mean": 1000 * waits.mean(),
            "busy": rate * waits.mean()}
"""),
    ("2 report", 1, """
    waits = np.subtract(answered, sent)
    rate = len(waits) / seconds
    return {"rate": rate, "p99": 1000 * np.percentile(waits, 99), "mean": 1000 * waits.mean(),
            "busy": waits.sum() / (max(answered) - min(sent))}
"""),
    ("2 report", 1, """
    waits = np.subtract(answered, sent)
    rate = len(waits) / seconds
    return {"rate": rate, "p99": 1000 * np.percentile(waits, 99), "mean": 1000 * waits.mean(),
            "busy": round(rate * waits.mean(), 2)}
"""),
    ("5 own server", 4, server('("127.0.0.1", port)', '("", port)')),
    ("5 own server", 4, server("InferenceSession(file)", 'InferenceSession("digits.onnx")')),
    ("5 own server", 4, server("0 <= pixel <= 1 for", "np.isfinite(pixel) for")),
    ("5 own server", 4, server(" or len(digits) > 128", "")),
    ("5 own server", 4, server("self.reply(400", "self.reply(500")),
    ("5 own server", 4, server("ValueError, KeyError", "ValueError")),
    ("5 own server", 4, server("logits.tolist()", "logits.argmax(axis=1).tolist()")),
    ("5 own server", 4, server("""            if self.path != "/predict":
                return self.reply(404)
""", "")),
    ("5 own server", 4, server('digits = np.array(json.loads(body)["instances"], object)',
                               'digits = validated(json.loads(body)["instances"])')),
    ("5 own server", 4, server("astype(np.float32)", "astype(np.float32) / np.float32(255)")),
    ("5 own server", 4, server('"], object)', '"], np.float32).astype(object)')),
    ("5 own server", 4, server("type(pixel) in (int, float)", "isinstance(pixel, (int, float))")),
    ("5 own server", 4, server("type(pixel) in (int, float)", "type(pixel) is float")),
    ("5 own server", 4, server('self.path != "/predict"', 'not self.path.startswith("/predict")')),
    ("5 own server", 4, server('self.path == "/ready"', 'self.path != "/other"')),
    ("5 own server", 4, """
    import json
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    import numpy as np
    import onnxruntime
    session = onnxruntime.InferenceSession(file)

    def predict(body):
        digits = np.array(json.loads(body)["instances"], object)
        if digits.shape[1:] != (1, 28, 28) or len(digits) > 128:
            raise ValueError("another shape")
        if not all(pixel is not True and isinstance(pixel, (int, float)) and 0 <= pixel <= 1
                   for pixel in digits.flat):
            raise ValueError("no number from 0 to 1")
        logits, = session.run(None, {"images": digits.astype(np.float32)})
        return {"predictions": logits.tolist()}

    class Handler(BaseHTTPRequestHandler):
        def reply(self, status, content=None):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def do_GET(self):
            self.reply(200 if self.path == "/ready" else 404)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path != "/predict":
                return self.reply(404)
            try:
                content = predict(body)
            except (ValueError, KeyError, TypeError):
                return self.reply(400)
            self.reply(200, content)

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""),
    ("5 own server", 4, """
    import json
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    import numpy as np
    import onnxruntime
    session = onnxruntime.InferenceSession(file)

    def predict(body):
        digits = np.array(json.loads(body)["instances"], object)
        if digits.shape[1:] != (1, 28, 28) or len(digits) > 128:
            raise ValueError("another shape")
        if not all(type(pixel) in (int, float) and 0 <= pixel <= 1 for pixel in digits.flat):
            raise ValueError("no number from 0 to 1")
        logits, = session.run(None, {"images": digits.astype(np.float32)})
        return {"predictions": logits.tolist()}

    class Handler(BaseHTTPRequestHandler):
        def reply(self, status, content=None):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def do_GET(self):
            self.reply(200 if self.path == "/ready" else 404)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path != "/predict":
                return self.reply(404)
            try:
                content = predict(body)
            except (ValueError, KeyError):
                return self.reply(400)
            self.reply(200, content)

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    'raise ValueError("wanted: 1 to 128 digits of 1 x 28 x 28") -> '
    "raise ValueError('wanted: 1 to 128 digits of 1 x 28 x 28x')": "any line will do",
    'raise ValueError("wanted: pixels that are numbers from 0 to 1") -> '
    "raise ValueError('wanted: pixels that are numbers from 0 to 1x')": "any line will do",
    'raise ValueError("another shape") -> raise ValueError(\'another shapex\')':
        "nobody sees it",
    'raise ValueError("another shape") -> raise "another shape"':
        "a TypeError is refused in the same way",
    'raise ValueError("no number from 0 to 1") -> raise ValueError(\'no number from 0 to 1x\')':
        "nobody sees it",
    'raise ValueError("no number from 0 to 1") -> raise "no number from 0 to 1"':
        "a TypeError is refused in the same way",
    "the argument port keeps its first value": "each server is a process of its own",
    "the argument file keeps its first value": "each server is a process of its own",
    "return self.reply(404) -> the first result, always": "it is None each time",
    "return self.reply(400) -> the first result, always": "it is None each time",
}
