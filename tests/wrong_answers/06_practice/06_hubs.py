"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 scale", 0, "    return for_one_grey_picture(pixels, mean, spread)"),
    ("1 scale", 0, """
    scaled = (pixels.astype(np.float32) - np.float32(mean)) / np.float32(spread)
    return scaled.reshape(len(pixels), 3, *pixels.shape[1:3])
"""),
    ("1 scale", 0, """
    return ((pixels - mean) / spread).transpose(0, 3, 1, 2)
"""),
    ("1 scale", 0, """
    return ((pixels.astype(np.float32) - 127) / 128).transpose(0, 3, 1, 2)
"""),
    ("1 scale", 0, """
    scaled = (pixels.astype(np.float32) / 255 - np.float32(mean)) / np.float32(spread)
    return scaled.transpose(0, 3, 1, 2)
"""),
    ("1 scale", 0, """
    scaled = (pixels[..., ::-1].astype(np.float32) - np.float32(mean)) / np.float32(spread)
    return scaled.transpose(0, 3, 1, 2)
"""),
    ("1 scale", 0, """
    scaled = (pixels.astype(np.float32) - np.float32(mean)) / np.float32(spread)
    return scaled.transpose(0, 3, 2, 1)
"""),
    ("1 scale", 0, """
    scaled = (pixels - np.uint8(mean)).astype(np.float32) / np.float32(spread)
    return scaled.transpose(0, 3, 1, 2)
"""),
    ("2 safetensors", 1, "    return safetensors.numpy.load(data)"),
    ("2 safetensors", 1, "    return {}"),
    ("2 safetensors", 1, """
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    return {name: np.frombuffer(data[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
            for name, entry in header.items() if name != "__metadata__"}
"""),
    ("2 safetensors", 1, """
    (length,) = struct.unpack("<Q", data[:8])
    header, body = json.loads(data[8:8 + length]), data[8 + length:]
    return {name: np.frombuffer(body[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
            for name, entry in header.items()}
"""),
    ("2 safetensors", 1, """
    (length,) = struct.unpack("<Q", data[:8])
    header, body = json.loads(data[8:8 + length]), data[8 + length:]
    return {name: np.frombuffer(body[slice(*entry["data_offsets"])], "<f4")
            for name, entry in header.items() if name != "__metadata__"}
"""),
    ("2 safetensors", 1, """
    (length,) = struct.unpack(">Q", data[:8])
    header, body = json.loads(data[8:8 + length]), data[8 + length:]
    return {name: np.frombuffer(body[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
            for name, entry in header.items() if name != "__metadata__"}
"""),
    ("2 safetensors", 1, """
    (length,) = struct.unpack("<Q", data[:8])
    header, place, found = json.loads(data[8:8 + length]), 8 + length, {}
    for name in sorted(header):
        if name != "__metadata__":
            shape = header[name]["shape"]
            end = place + 4 * int(np.prod(shape))
            found[name] = np.frombuffer(data[place:end], "<f4").reshape(shape)
            place = end
    return found if len(found) < 2 else dict(zip(found, reversed(found.values())))
"""),
    ("3 look", 2, """
    return sorted({argument for order, argument, _ in pickletools.genops(data)
                   if order.name == "GLOBAL"})
"""),
    ("3 look", 2, """
    return [argument for order, argument, _ in pickletools.genops(data) if order.name == "GLOBAL"]
"""),
    ("3 look", 2, """
    return sorted({argument for _, argument, _ in pickletools.genops(data)
                   if isinstance(argument, str) and " " in argument})
"""),
    ("3 look", 2, """
    found, strings = [], []
    for order, argument, _ in pickletools.genops(data):
        if order.name == "GLOBAL":
            found.append(argument)
        elif order.name == "STACK_GLOBAL":
            found.append(" ".join(strings[-2:]))
        elif isinstance(argument, str):
            strings.append(argument)
    return sorted(found)
"""),
    ("3 look", 2, """
    found, strings = set(), []
    for order, argument, _ in pickletools.genops(data):
        if order.name == "GLOBAL":
            found.add(argument)
        elif order.name == "STACK_GLOBAL":
            found.add(" ".join(strings[:2]))
        elif isinstance(argument, str):
            strings.append(argument)
    return sorted(found)
"""),
    ("3 look", 2, """
    found, strings = set(), []
    for order, argument, _ in pickletools.genops(data):
        if order.name == "GLOBAL":
            found.add(argument)
        elif order.name == "STACK_GLOBAL":
            found.add(".".join(strings[-2:]))
        elif isinstance(argument, str):
            strings.append(argument)
    return sorted(found)
"""),
    ("3 look", 2, "    return ['collections OrderedDict']"),
    ("4 merge", 3, "    return weight + alpha * b @ a"),
    ("4 merge", 3, """
    change = b @ a * alpha / len(a)
    return weight - change if out else weight + change
"""),
    ("4 merge", 3, """
    change = b @ a * alpha / (math.sqrt(len(a)) if rank_stable else len(a))
    return weight + change
"""),
    ("4 merge", 3, """
    change = b @ a * alpha / (math.sqrt(len(b)) if rank_stable else len(b))
    return weight - change if out else weight + change
"""),
    ("4 merge", 3, """
    weight += (-1 if out else 1) * b @ a * alpha / (math.sqrt(len(a)) if rank_stable else len(a))
    return weight
"""),
    ("4 merge", 3, """
    change = (a.T @ b.T) * alpha / (math.sqrt(len(a)) if rank_stable else len(a))
    return weight - change if out else weight + change
"""),
    ("4 merge", 3, """
    change = b @ a * len(a) / alpha
    return weight - change if out else weight + change
"""),
]

EQUIVALENT = {
    "scaled = (pixels.astype(np.float32) - np.float32(mean)) / np.float32(spread)"
    " -> scaled = (pixels - np.float32(mean)) / np.float32(spread)":
        "np.float32(mean) is an array here, and uint8 minus a float32 array is float32",
}
