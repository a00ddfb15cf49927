"""Imports Hugging Face's hub client and PEFT so that they ask no server and report nothing."""
import logging
import os

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the client is imported
# PEFT imports torchao where it is installed, which reports the GPU kernels it did not find.
for name in ("torchao", "torch.utils._pytree"):
    logging.getLogger(name).setLevel(logging.ERROR)


def libraries():
    """The modules ``(huggingface_hub, peft)``."""
    import huggingface_hub
    import peft
    return huggingface_hub, peft
