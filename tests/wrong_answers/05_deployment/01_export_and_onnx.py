"""Plausible wrong answers for the exercise: (task, number of the solution block from 0, what a
learner might write)."""

WRONG = [
    ("1 nodes", 0, """
    return [helper.make_node("Gemm", ["flat", "dense1.weight", "dense1.bias"], ["hidden"]),
            helper.make_node("Relu", ["hidden"], ["positive"]),
            helper.make_node("Gemm", ["positive", "dense2.weight", "dense2.bias"], ["logits"])]
"""),
    ("1 nodes", 0, """
    return [
        helper.make_node("Gemm", ["flat", "dense1.weight", "dense1.bias"], ["hidden"], transB=1),
        helper.make_node("Gemm", ["hidden", "dense2.weight", "dense2.bias"], ["logits"], transB=1)]
"""),
    ("1 nodes", 0, """
    return [helper.make_node("Gemm", ["flat", "dense1.weight"], ["hidden"], transB=1),
            helper.make_node("Relu", ["hidden"], ["positive"]),
            helper.make_node("Gemm", ["positive", "dense2.weight"], ["logits"], transB=1)]
"""),
    ("1 nodes", 0, """
    return [helper.make_node("Relu", ["hidden"], ["positive"]),
            helper.make_node("Gemm", ["flat", "dense1.weight", "dense1.bias"], ["hidden"],
                             transB=1),
            helper.make_node("Gemm", ["positive", "dense2.weight", "dense2.bias"], ["logits"],
                             transB=1)]
"""),
    ("2 pixels", 1, """
    graph.node.insert(0, helper.make_node("Cast", ["pixels"], ["images"], to=TensorProto.FLOAT))
    graph.input[0].CopyFrom(helper.make_tensor_value_info("pixels", TensorProto.UINT8,
                                                          ["N", *spec.IMAGE_SHAPE]))
"""),
    ("2 pixels", 1, """
    graph.initializer.append(numpy_helper.from_array(np.array(255, np.uint8), "white"))
    graph.node.insert(0, helper.make_node("Div", ["pixels", "white"], ["grey"]))
    graph.node.insert(1, helper.make_node("Cast", ["grey"], ["images"], to=TensorProto.FLOAT))
    graph.input[0].CopyFrom(helper.make_tensor_value_info("pixels", TensorProto.UINT8,
                                                          ["N", *spec.IMAGE_SHAPE]))
"""),
    ("2 pixels", 1, """
    graph.initializer.append(numpy_helper.from_array(np.array(255, np.float32), "white"))
    graph.node.insert(0, helper.make_node("Div", ["pixels", "white"], ["images"]))
    graph.input[0].CopyFrom(helper.make_tensor_value_info("pixels", TensorProto.FLOAT,
                                                          ["N", *spec.IMAGE_SHAPE]))
"""),
    ("2 pixels", 1, """
    graph.initializer.append(numpy_helper.from_array(np.array(256, np.float32), "white"))
    graph.node.insert(0, helper.make_node("Cast", ["pixels"], ["grey"], to=TensorProto.FLOAT))
    graph.node.insert(1, helper.make_node("Div", ["grey", "white"], ["images"]))
    graph.input[0].CopyFrom(helper.make_tensor_value_info("pixels", TensorProto.UINT8,
                                                          ["N", *spec.IMAGE_SHAPE]))
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
]
