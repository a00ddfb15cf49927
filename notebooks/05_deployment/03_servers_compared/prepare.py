"""Writes what the servers deploy, into a folder: the network as PyTorch or TensorFlow trained it,
in each server's own form.

    python prepare.py FOLDER onnx torchserve savedmodel

makes in it  onnx/digits.onnx
             torchserve/digits.mar: handler, network, weights as safetensors
             savedmodel/

and with "untrained": onnx/untrained.onnx, the network before training, a fault that tests plant.

Runs in the environment of the kernel deployment, with the course's root on PYTHONPATH.
"""
import sys
from pathlib import Path

from onecnn import cells, lesson, spec, trained

HERE = Path(__file__).resolve().parent
PYTORCH, TENSORFLOW = "02_frameworks/02_pytorch", "02_frameworks/01_tensorflow"


def export(weights, file):
    import torch
    network = cells.functions(PYTORCH).build(weights).eval()
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(network, (torch.zeros(2, *spec.IMAGE_SHAPE),),
                      file, dynamo=True, external_data=False, verbose=False,
                      dynamic_shapes=({0: torch.export.Dim("batch")},), input_names=["images"],
                      output_names=["logits"])


def onnx(folder):
    export(trained.weights("pytorch"), folder / "onnx" / "digits.onnx")


def untrained(folder):
    export(spec.initial_weights(), folder / "onnx" / "untrained.onnx")


def torchserve(folder):
    from model_archiver import ModelArchiver, ModelArchiverConfig
    from safetensors.numpy import save_file
    folder = folder / "torchserve"
    folder.mkdir(parents=True, exist_ok=True)
    save_file(trained.weights("pytorch"), folder / "weights.safetensors")
    source = [cell.source for cell in cells.read(cells.locate(PYTORCH)) if cells.TAG in cell.tags]
    (folder / "network.py").write_text("\n\n\n".join(source) + "\n", encoding="utf-8")
    extra = [folder / "network.py", folder / "weights.safetensors", HERE / "checking.py"]
    ModelArchiver.generate_model_archive(ModelArchiverConfig(
        model_name="digits", version="1.0", handler=str(HERE / "torchserve_handler.py"),
        export_path=str(folder), extra_files=",".join(map(str, extra)), force=True))


def savedmodel(folder):
    network = cells.functions(TENSORFLOW)
    network.save(network.build(trained.weights("tensorflow")), str(folder / "savedmodel"))


if __name__ == "__main__":
    lesson.start()
    kinds = {"onnx": onnx, "untrained": untrained, "torchserve": torchserve,
             "savedmodel": savedmodel}
    for what in sys.argv[2:]:
        kinds[what](Path(sys.argv[1]).resolve())
