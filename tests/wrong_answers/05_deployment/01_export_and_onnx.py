"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("5 smaller", 4, """
    for tensor in model.graph.initializer:
        half = np.clip(numpy_helper.to_array(tensor), -2, 2).astype(np.float16)
        cast = helper.make_node("Cast", [f"half.{tensor.name}"], [tensor.name],
                                to=TensorProto.FLOAT)
        model.graph.node.insert(0, cast)
        tensor.CopyFrom(numpy_helper.from_array(half, f"half.{tensor.name}"))
"""),
    ("1 nodes", 0, """
    return [helper.make_node("Gemm", [source, "dense1.weight", "dense1.bias"], ["hidden"]),
            helper.make_node("Relu", ["hidden"], ["positive"]),
            helper.make_node("Gemm", ["positive", "dense2.weight", "dense2.bias"], [result])]
"""),
    ("1 nodes", 0, """
    return [
        helper.make_node("Gemm", [source, "dense1.weight", "dense1.bias"], ["hidden"], transB=1),
        helper.make_node("Gemm", ["hidden", "dense2.weight", "dense2.bias"], [result], transB=1)]
"""),
    ("1 nodes", 0, """
    return [helper.make_node("Gemm", [source, "dense1.weight"], ["hidden"], transB=1),
            helper.make_node("Relu", ["hidden"], ["positive"]),
            helper.make_node("Gemm", ["positive", "dense2.weight"], [result], transB=1)]
"""),
    ("1 nodes", 0, """
    return [helper.make_node("Relu", ["hidden"], ["positive"]),
            helper.make_node("Gemm", [source, "dense1.weight", "dense1.bias"], ["hidden"],
                             transB=1),
            helper.make_node("Gemm", ["positive", "dense2.weight", "dense2.bias"], [result],
                             transB=1)]
"""),
    ("1 nodes", 0, """
    return [helper.make_node("Gemm", ["flat", "dense1.weight", "dense1.bias"], ["hidden"],
                             transB=1),
            helper.make_node("Relu", ["hidden"], ["positive"]),
            helper.make_node("Gemm", ["positive", "dense2.weight", "dense2.bias"], ["logits"],
                             transB=1)]
"""),
    ("1 nodes", 0, """
    return [helper.make_node("Gemm", [source, "dense1.weight", "dense1.bias"], ["hidden"],
                             transB=1),
            helper.make_node("Sigmoid", ["hidden"], ["positive"]),
            helper.make_node("Gemm", ["positive", "dense2.weight", "dense2.bias"], [result],
                             transB=1)]
"""),
    ("1 nodes", 0, """
    return list(original.graph.node[-3:])
"""),
    ("2 pixels", 1, """
    graph.node.insert(0, helper.make_node("Cast", ["pixels"], [graph.input[0].name],
                                          to=TensorProto.FLOAT))
    graph.input[0].CopyFrom(helper.make_tensor_value_info("pixels", TensorProto.UINT8,
                                                          ["N", *spec.IMAGE_SHAPE]))
"""),
    ("2 pixels", 1, """
    former = graph.input[0].name
    graph.initializer.append(numpy_helper.from_array(np.array(255, np.uint8), "white"))
    graph.node.insert(0, helper.make_node("Div", ["pixels", "white"], ["grey"]))
    graph.node.insert(1, helper.make_node("Cast", ["grey"], [former], to=TensorProto.FLOAT))
    graph.input[0].CopyFrom(helper.make_tensor_value_info("pixels", TensorProto.UINT8,
                                                          ["N", *spec.IMAGE_SHAPE]))
"""),
    ("2 pixels", 1, """
    former = graph.input[0].name
    graph.initializer.append(numpy_helper.from_array(np.array(255, np.float32), "white"))
    graph.node.insert(0, helper.make_node("Div", ["pixels", "white"], [former]))
    graph.input[0].CopyFrom(helper.make_tensor_value_info("pixels", TensorProto.FLOAT,
                                                          ["N", *spec.IMAGE_SHAPE]))
"""),
    ("2 pixels", 1, """
    former = graph.input[0].name
    graph.initializer.append(numpy_helper.from_array(np.array(256, np.float32), "white"))
    graph.node.insert(0, helper.make_node("Cast", ["pixels"], ["grey"], to=TensorProto.FLOAT))
    graph.node.insert(1, helper.make_node("Div", ["grey", "white"], [former]))
    graph.input[0].CopyFrom(helper.make_tensor_value_info("pixels", TensorProto.UINT8,
                                                          ["N", *spec.IMAGE_SHAPE]))
"""),
    ("2 pixels", 1, """
    graph.initializer.append(numpy_helper.from_array(np.array(255, np.float32), "white"))
    graph.node.insert(0, helper.make_node("Cast", ["pixels"], ["grey"], to=TensorProto.FLOAT))
    graph.node.insert(1, helper.make_node("Div", ["grey", "white"], ["images"]))
    graph.input[0].CopyFrom(helper.make_tensor_value_info("pixels", TensorProto.UINT8,
                                                          ["N", *spec.IMAGE_SHAPE]))
"""),
    ("2 pixels", 1, """
    former = graph.input[0].name
    graph.initializer.append(numpy_helper.from_array(np.array(255, np.float32), "white"))
    graph.node.insert(0, helper.make_node("Cast", ["pixels"], ["grey"], to=TensorProto.FLOAT))
    graph.node.insert(1, helper.make_node("Div", ["grey", "white"], [former]))
    graph.input[0].CopyFrom(helper.make_tensor_value_info("pixels", TensorProto.UINT8,
                                                          [1, *spec.IMAGE_SHAPE]))
"""),
    ("2 pixels", 1, """
    model = file_of(weights)
    graph = model.graph
    graph.initializer.append(numpy_helper.from_array(np.array(255, np.float32), "white"))
    graph.node.insert(0, helper.make_node("Cast", ["pixels"], ["grey"], to=TensorProto.FLOAT))
    graph.node.insert(1, helper.make_node("Div", ["grey", "white"], ["images"]))
    graph.input[0].CopyFrom(helper.make_tensor_value_info("pixels", TensorProto.UINT8,
                                                          ["N", *spec.IMAGE_SHAPE]))
"""),
    ("2 pixels", 1, """
    former = graph.input[0].name
    graph.initializer.append(numpy_helper.from_array(np.float32(255), "white"))
    graph.node.insert(0, helper.make_node("Cast", ["pixels"], ["grey"], to=TensorProto.FLOAT))
    graph.node.insert(1, helper.make_node("Div", ["grey", "white"], [former]))
    graph.input[0].CopyFrom(helper.make_tensor_value_info("pixels", TensorProto.UINT8,
                                                          ["N", *spec.IMAGE_SHAPE]))
    graph.output[0].name = graph.node[-1].output[0] = "scores"
"""),
    ("3 mend", 2, """
    if name == "probabilities":
        model.graph.node.pop()
"""),
    ("3 mend", 2, """
    if name == "probabilities":
        model.graph.node.pop()
        model.graph.node[-1].output[0] = "logits"
    elif name == "stale":
        for weight, value in weights.items():
            put(model, weight, value)
"""),
    ("3 mend", 2, """
    if name == "probabilities":
        model.graph.node.pop()
        model.graph.node[-1].output[0] = "logits"
    elif name == "turned":
        found = numpy_helper.to_array(next(t for t in model.graph.initializer
                                           if t.name == "dense1.weight"))
        put(model, "dense1.weight", np.ascontiguousarray(found.reshape(64, 32, 5, 5)
                                                         .transpose(0, 2, 3, 1).reshape(64, 800)))
    else:
        for weight, value in weights.items():
            put(model, weight, value)
"""),
    ("3 mend", 2, """
    if name == "probabilities":
        model.graph.node[-1].op_type = "LogSoftmax"
    elif weights:
        for weight, value in weights.items():
            put(model, weight, value)
"""),
    ("3 mend", 2, """
    return deepcopy(original)
"""),
    ("3 mend", 2, """
    model = deepcopy(original) if weights is None else file_of(weights)
"""),
    ("3 mend", 2, """
    if name == "probabilities":
        model.graph.node.pop()
        model.graph.output[0].name = "raw"
    elif name == "turned":
        found = numpy_helper.to_array(next(t for t in model.graph.initializer
                                           if t.name == "dense1.weight"))
        channels_first = found.reshape(64, 5, 5, 32).transpose(0, 3, 1, 2)
        put(model, "dense1.weight", channels_first.reshape(64, 800))
    else:
        for weight, value in weights.items():
            put(model, weight, value)
"""),
    ("4 refusers", 3, """
refusers = {"opset 17": "runtime", "opset 99": "runtime", "IR version 99": "both",
            "a node reads a name that nobody writes": "both", "a pooling over four axes": "runtime"}
"""),
    ("4 refusers", 3, """
refusers = {"opset 17": "nobody", "opset 99": "both", "IR version 99": "both",
            "a node reads a name that nobody writes": "both", "a pooling over four axes": "runtime"}
"""),
    ("4 refusers", 3, """
refusers = {"opset 17": "nobody", "opset 99": "runtime",
            "IR version 99": "both", "a node reads a name that nobody writes": "runtime",
            "a pooling over four axes": "nobody"}
"""),
    ("4 refusers", 3, """
refusers = dict.fromkeys(FILES, "both")
"""),
    ("4 refusers", 3, """
refusers = {"opset 17": "nobody", "opset 99": "runtime", "IR version 99": "both",
            "a node reads a name that nobody writes": "both"}
"""),
    ("4 refusers", 3, """
refusers = "both"
"""),
    ("4 refusers", 3, """
class Same(str):
    __eq__, __ne__, __hash__ = lambda *_: True, lambda *_: False, str.__hash__


refusers = dict.fromkeys(FILES, Same("nobody"))
"""),
    ("5 smaller", 4, """
    pass
"""),
    ("5 smaller", 4, """
    for tensor in model.graph.initializer:
        half = numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(half, tensor.name))
"""),
    ("5 smaller", 4, """
    for tensor in model.graph.initializer:
        half = numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(half, tensor.name))
    for end in (*model.graph.input, *model.graph.output):
        end.type.tensor_type.elem_type = TensorProto.FLOAT16
"""),
    ("5 smaller", 4, """
    for tensor in model.graph.initializer:
        whole = numpy_helper.to_array(tensor).astype(np.int8)
        model.graph.node.insert(0, helper.make_node("Cast", [f"int.{tensor.name}"], [tensor.name],
                                                    to=TensorProto.FLOAT))
        tensor.CopyFrom(numpy_helper.from_array(whole, f"int.{tensor.name}"))
"""),
    ("5 smaller", 4, """
    for tensor in model.graph.initializer:
        half = numpy_helper.to_array(tensor).astype(np.float16)
        model.graph.node.append(helper.make_node("Cast", [f"half.{tensor.name}"], [tensor.name],
                                                 to=TensorProto.FLOAT))
        tensor.CopyFrom(numpy_helper.from_array(half, f"half.{tensor.name}"))
"""),
    ("5 smaller", 4, """
    for tensor in original.graph.initializer:
        half = numpy_helper.to_array(tensor).astype(np.float16)
        model.graph.node.insert(0, helper.make_node("Cast", [f"half.{tensor.name}"], [tensor.name],
                                                    to=TensorProto.FLOAT))
        next(t for t in model.graph.initializer if t.name == tensor.name).CopyFrom(
            numpy_helper.from_array(half, f"half.{tensor.name}"))
"""),
]

# Mutants that are as right as the solution (tests/mutants.py), each with the reason.
EQUIVALENT = {
    "transB=1), -> transB=2),": "ONNX Runtime takes each number but 0 as yes",
    "transB=1)] -> transB=2)]": "ONNX Runtime takes each number but 0 as yes",
    "former = graph.input[0].name -> former = graph.input[(-1)].name": "there is one input",
    'graph.input[0].CopyFrom(helper.make_tensor_value_info("pixels", TensorProto.UINT8, -> '
    'graph.input[(-1)].CopyFrom(helper.make_tensor_value_info("pixels", TensorProto.UINT8,':
        "there is one input",
    """["N", *spec.IMAGE_SHAPE])) -> ['Nx', *spec.IMAGE_SHAPE]))""": "a free size has any name",
    'model.graph.node[-1].output[0] = "logits" -> model.graph.node[-1].output[(-1)] = "logits"':
        "the node has one output",
}
