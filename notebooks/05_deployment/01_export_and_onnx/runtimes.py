"""Two runtimes that know no framework: ONNX Runtime and LiteRT. Each is given the images as its
file wants them."""
import os

import numpy as np

# A file may say that a tensor's numbers stand in another file. It is looked for in no folder.
EXTERNAL = ("session.model_external_initializers_file_folder_path", os.devnull)


def onnx_runtime(file, images: np.ndarray) -> np.ndarray:
    """Logits of ``images`` (N x 1 x 28 x 28) by ONNX Runtime on the CPU. Its log is silent: it
    raises what it would log. A file that wants to read others is refused."""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    options.add_session_config_entry(*EXTERNAL)
    given = file if isinstance(file, bytes) else str(file)
    session = onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])
    wanted, = session.get_inputs()
    return session.run(None, {wanted.name: as_wanted(images, wanted.shape)})[0]


def litert(file, images: np.ndarray) -> np.ndarray:
    """The same by LiteRT, TensorFlow Lite's successor."""
    from ai_edge_litert.interpreter import Interpreter
    interpreter = Interpreter(model_path=str(file), num_threads=1)
    wanted, answer = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    images = as_wanted(images, wanted["shape"])
    interpreter.resize_tensor_input(wanted["index"], images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(wanted["index"], images)
    interpreter.invoke()
    return interpreter.get_tensor(answer["index"])


def as_wanted(images: np.ndarray, shape) -> np.ndarray:
    """Channels last, if the file says N x 28 x 28 x 1."""
    return images if shape[1] == 1 else np.ascontiguousarray(images.transpose(0, 2, 3, 1))
