"""PyTorch: the network on the best device that this build and this machine offer. Prints what the
ladder says, as JSON.

By hand, in the repository:
    PYTHONPATH=. .venv/bin/python notebooks/03_comparison/06_hardware/pytorch_hardware.py
"""
import json
import os

if os.environ.get("CUDA_VISIBLE_DEVICES") == "":  # the course hides GPUs; here they are wanted
    del os.environ["CUDA_VISIBLE_DEVICES"]

from hardware_figures import climb

from onecnn import cells, spec

functions = cells.functions("02_frameworks/02_pytorch")
torch = functions.torch


def on_device(device):
    """Three things move: the weights go there, so does each batch, and what comes back must be
    fetched."""
    make = functions.build

    def build(weights):
        model = make(weights).to(device)
        forward = model.forward
        model.forward = lambda x: forward(x.to(device)).to("cpu")
        return model

    def gradients(model, images, labels):
        model.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(torch.from_numpy(images)),
                                                 torch.from_numpy(labels))
        loss.backward()
        return loss.item(), {name: p.grad.cpu().numpy().copy()
                             for name, p in model.named_parameters()}

    def read_weights(model):
        return {name: p.detach().cpu().numpy().copy() for name, p in model.named_parameters()}

    functions.build, functions.gradients, functions.read_weights = build, gradients, read_weights
    return str(next(build(spec.initial_weights()).parameters()).device)


if __name__ == "__main__":
    found = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else "cpu"
    print(json.dumps({"moved to": on_device(found), **climb(functions), "built for GPUs": bool(
        torch.version.cuda or torch.version.hip or torch.backends.mps.is_built())}))
