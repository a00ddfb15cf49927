"""PyTorch's ways out: torch.export (``.pt2``), ONNX, and TorchScript (deprecated). See
``export.py``."""
import torch

from onecnn import mnist, spec

# two images: an example of one would be taken for "always one"
EXAMPLE = (torch.zeros(2, *spec.IMAGE_SHAPE),)
ANY_BATCH = ({0: torch.export.Dim("N")},)


def digits():
    return torch.from_numpy(mnist.load().test_images)


def own(functions, model, path):
    program = torch.export.export(model.eval(), EXAMPLE, dynamic_shapes=ANY_BATCH)
    torch.export.save(program, f"{path}.pt2")
    with torch.inference_mode():
        return torch.export.load(f"{path}.pt2").module()(digits())  # the class OneCNN is not needed


def onnx(functions, model, path):
    torch.onnx.export(model.eval(), EXAMPLE, f"{path}.onnx", dynamo=True, dynamic_shapes=ANY_BATCH,
                      input_names=["images"], output_names=["logits"], external_data=False,
                      verbose=False)


def litert(functions, model, path):
    import litert_torch
    litert_torch.convert(model.eval(), EXAMPLE).export(f"{path}.tflite")


def torchscript(functions, model, path):
    # deprecated: shown because many old files are of this kind
    torch.jit.script(model.eval()).save(f"{path}.pt")
    with torch.inference_mode():
        return torch.jit.load(f"{path}.pt")(digits())


ROUTES = {"own": own, "onnx": onnx, "litert": litert, "torchscript": torchscript}
