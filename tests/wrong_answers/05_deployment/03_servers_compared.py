"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 door", 0, """
    value = json.loads(body) if isinstance(body, bytes) else body
    return np.asarray(value, np.float32) / np.float32(255)
"""),
    ("1 door", 0, """
    value = json.loads(body) if isinstance(body, bytes) else body
    array = np.asarray(value, np.float32)
    if array.shape[1:] != (1, 28, 28) or not len(array) or not np.isfinite(array).all():
        raise ValueError("no digits")
    return array
"""),
    ("1 door", 0, """
    value = json.loads(body) if isinstance(body, bytes) else body
    array = np.asarray(value, np.float32)
    if array.shape[1:] != (1, 28, 28) or not len(array):
        raise ValueError("no digits")
    if array.min() < 0 or array.max() > 255:
        raise ValueError("not from 0 to 255")
    return array / np.float32(255)
"""),
    ("1 door", 0, """
    array = np.asarray(body, np.float32)
    if array.shape[1:] != (1, 28, 28) or not ((array >= 0) & (array <= 255)).all():
        raise ValueError("no digits")
    return array / np.float32(255)
"""),
    ("1 door", 0, """
    value = json.loads(body) if isinstance(body, bytes) else body
    array = np.asarray(value, np.float32).reshape(-1, 1, 28, 28)
    if not len(array) or not ((array >= 0) & (array <= 255)).all():
        raise ValueError("no digits")
    return array / np.float32(255)
"""),
    ("2 protocol", 1, """
    array = np.array(body["instances"], np.float32)
    return {"inputs": [{"name": "images", "datatype": "FP32", "shape": list(array.shape),
                        "data": array.tolist()}]}
"""),
    ("2 protocol", 1, """
    array = np.array(body["instances"], np.float32)
    return {"inputs": [{"name": "images", "datatype": "FP32", "shape": list(array.shape),
                        "data": array.ravel(order="F").tolist()}]}
"""),
    ("2 protocol", 1, """
    array = np.array(body["instances"], np.float32)
    return {"inputs": [{"name": "images", "datatype": "FP32", "shape": list(array.shape[1:]),
                        "data": array.ravel().tolist()}]}
"""),
    ("2 protocol", 1, """
    array = np.array(body["instances"], np.float32)
    return {"inputs": [{"name": "images", "datatype": "FP32", "shape": list(array.shape),
                        "data": array.ravel()}]}
"""),
    ("2 protocol", 2, """
    return {"predictions": reply["outputs"][0]["data"]}
"""),
    ("2 protocol", 2, """
    output = reply["outputs"][0]
    return {"predictions": np.reshape(output["data"], output["shape"][::-1]).T.tolist()}
"""),
    ("3 locust", 3, """
    found = json.loads(text)
    times = sorted(float(ms) for ms in found["response_times"])
    return {"p50": np.percentile(times, 50), "p99": np.percentile(times, 99),
            "mean": np.mean(times), "per_second": found["num_requests"] / (
                found["last_request_timestamp"] - found["start_time"])}
"""),
    ("3 locust", 3, """
    found, seen, result = json.loads(text), 0, {}
    count, total = found["num_requests"], sum(float(ms) * n
                                              for ms, n in found["response_times"].items())
    for ms in sorted(found["response_times"]):
        seen += found["response_times"][ms]
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            if seen >= share * count:
                result.setdefault(name, float(ms))
    return {**result, "mean": total / count,
            "per_second": count / (found["last_request_timestamp"] - found["start_time"])}
"""),
    ("3 locust", 3, """
    found = json.loads(text)
    times = np.repeat([float(ms) for ms in found["response_times"]],
                      list(found["response_times"].values()))
    return {"p50": np.percentile(times, 50), "p99": np.percentile(times, 99), "mean": times.mean(),
            "per_second": 1000 / times.mean()}
"""),
    ("3 locust", 3, """
    found = json.loads(text)
    times = np.sort(np.repeat([float(ms) for ms in found["response_times"]],
                              list(found["response_times"].values())))
    return {"p50": times[int(0.5 * len(times))],
            "p99": times[int(0.99 * len(times))], "mean": times.mean(),
            "per_second": len(times) / (found["last_request_timestamp"] - found["start_time"])}
"""),
    ("4 safe", 4, """
    found = []
    for start in range(0, 1000, 100):
        status, text = post(
            json.dumps({"instances": digits.test_images[start:start + 100].tolist()}))
        found += json.loads(text)["predictions"]
    return contract.judge(found, weights).holds
"""),
    ("4 safe", 4, """
    try:
        texts = [json.dumps({"instances": image[None].tolist()}) for image in digits.test_images]
        found = [json.loads(post(text)[1])["predictions"][0] for text in texts]
        refuses = all(400 <= post(text)[0] < 500 for text in BAD.values())
        post(json.dumps({"instances": digits.test_images[:1].tolist()}))
    except ConnectionError:
        return False
    return refuses and contract.judge(found, weights).holds
"""),
    ("4 safe", 4, """
    try:
        found = []
        for start in range(0, 1000, 100):
            text = json.dumps({"instances": digits.test_images[start:start + 100].tolist()})
            found += json.loads(post(text)[1])["predictions"]
        refuses = all(post(text)[0] != 200 for text in BAD.values())
        again = json.loads(
            post(json.dumps({"instances": digits.test_images[:100].tolist()}))[1])["predictions"]
    except ConnectionError:
        return False
    return refuses and contract.judge(found, weights).holds and again == found[:100]
"""),
    ("4 safe", 4, """
    try:
        found = []
        for start in range(0, 1000, 100):
            text = json.dumps({"instances": digits.test_images[start:start + 100].tolist()})
            found += json.loads(post(text)[1])["predictions"]
        refuses = all(400 <= post(text)[0] < 500 for text in BAD.values())
        alive = post(json.dumps({"instances": digits.test_images[:100].tolist()}))[0] == 200
    except ConnectionError:
        return False
    return refuses and contract.judge(found, weights).holds and alive
"""),
    ("4 safe", 4, """
    try:
        return all(400 <= post(text)[0] < 500 for text in BAD.values())
    except ConnectionError:
        return False
"""),
    ("1 door", 0, """
    value = json.loads(body) if isinstance(body, bytes) else body
    try:
        array = np.array(value, np.float32)
    except (TypeError, OverflowError):
        raise ValueError("no numbers") from None
    if array.shape[1:] != (1, 28, 28) or not len(array):
        raise ValueError("no digits")
    if not ((array >= 0) & (array <= 255) & (array == np.round(array))).all():
        raise ValueError("not from 0 to 255")
    return array / np.float32(255)
"""),
    ("1 door", 0, """
    array = np.array(json.loads(body) if isinstance(body, bytes) else body, object)
    if array.shape[1:] != (1, 28, 28):
        raise ValueError("another shape")
    if not all(type(pixel) in (int, float) and 0 <= pixel <= 255 for pixel in array.flat):
        raise ValueError("a pixel is no number from 0 to 255")
    array = array.astype(np.float32)
    if (array % 1).any():
        raise ValueError("a fraction")
    return array / 255
"""),
    ("1 door", 0, """
    array = np.array(json.loads(body) if isinstance(body, bytes) else body, object)
    if array.shape[1:] != (1, 28, 28):
        raise ValueError("another shape")
    if not all(isinstance(pixel, (int, float)) and pixel is not True and pixel in range(256)
               for pixel in array.flat):
        raise ValueError("a pixel is no whole number from 0 to 255")
    return array.astype(np.float32) / 255
"""),
    ("2 protocol", 2, """
    return {"predictions": np.reshape(reply["outputs"][0]["data"], (3, 10)).tolist()}
"""),
    ("2 protocol", 1, """
    array = np.array(body["instances"], np.float32)
    return {"inputs": [{"name": "images", "datatype": "FP32", "shape": [3, 1, 28, 28],
                        "data": array.ravel().tolist()}]}
"""),
    ("3 locust", 3, """
    return {"p50": 3, "p99": 250, "mean": 8.36, "per_second": 250}
"""),
    ("3 locust", 3, """
    found = json.loads(text)
    times = np.repeat([float(ms) for ms in found["response_times"]],
                      list(found["response_times"].values()))
    p50, p99 = np.percentile(times, [50, 99], method="inverted_cdf")
    return {"p50": p50, "p99": p99, "mean": np.mean([float(t) for t in found["response_times"]]),
            "per_second": len(times) / (found["last_request_timestamp"] - found["start_time"])}
"""),
    ("3 locust", 3, """
    found = json.loads(text)
    times = np.repeat([float(ms) for ms in found["response_times"]],
                      list(found["response_times"].values()))
    p50, p99 = np.percentile(times, [50, 99], method="closest_observation")
    return {"p50": p50, "p99": p99, "mean": times.mean(),
            "per_second": len(times) / (found["last_request_timestamp"] - found["start_time"])}
"""),
    ("4 safe", 4, """
    return True
"""),
    ("4 safe", 4, """
    try:
        replies = [post(text) for text in ASKED]
        found = np.concatenate([json.loads(text)["predictions"] for _, text in replies])
        if not contract.judge(found, weights).holds:
            return False
        if not all(400 <= post(text)[0] < 500 for text in BAD.values()):
            return False
        status, text = post(ASKED[0])
        return status == 200 and np.allclose(json.loads(text)["predictions"], found[:100])
    except ConnectionError:
        return False
"""),
    ("4 safe", 4, """
    def holds():
        replies = [post(text) for text in ASKED]
        return all(status == 200 for status, _ in replies) and contract.judge(
            np.concatenate([json.loads(text)["predictions"] for _, text in replies]), weights).holds

    return holds() and all(400 <= post(text)[0] < 500 for text in BAD.values()) and holds()
"""),
    ("4 safe", 4, """
    def holds():
        replies = [post(text) for text in ASKED]
        return all(status == 200 for status, _ in replies) and contract.judge(
            np.concatenate([json.loads(text)["predictions"] for _, text in replies]), weights).holds

    try:
        return holds() and all(400 <= post(text)[0] < 500 for text in BAD.values()) and holds()
    except ConnectionError:
        return False
"""),
    ("4 safe", 4, """
    def holds():
        replies = [post(text) for text in ASKED]
        return all(status == 200 for status, _ in replies) and contract.judge(
            np.concatenate([json.loads(text)["predictions"] for _, text in replies]), weights).holds

    try:
        return holds() and all(400 <= post(text)[0] < 500 for text in BAD.values()) and holds()
    except (ConnectionError, json.JSONDecodeError):
        return False
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    'raise ValueError("another shape") -> raise ValueError(\'another shapex\')':
        "any message will do",
    'raise ValueError("a pixel is no whole number from 0 to 255") -> '
    "raise ValueError('a pixel is no whole number from 0 to 255x')": "any message will do",
    "return False -> the first result, always": "it is False each time",
}
