"""Imports three trainers without their notices, progress bars and tips.

Each has switches for it. What stands here is what has to be set before or after an import; the rest
are arguments of the trainers, in the notebook.
"""
import logging
import os
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"  # Hugging Face's libraries ask no server
# Transformers imports torchao where it is installed, which reports the GPU kernels it did not find.
for name in ("torchao", "torch.utils._pytree"):
    logging.getLogger(name).setLevel(logging.ERROR)


def trainers():
    """The modules ``(accelerate, lightning, transformers)``."""
    # Lightning 2.6 asks PyTorch 2.13 a question in a way that is to go.
    warnings.filterwarnings("ignore", message=".*treespec.*")
    import accelerate
    import lightning
    import transformers
    from lightning.fabric.utilities.warnings import PossibleUserWarning

    # Its advice: more processes to load the data, or a GPU that is there and not used.
    warnings.simplefilter("ignore", PossibleUserWarning)
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    transformers.utils.logging.set_verbosity_error()
    return accelerate, lightning, transformers
