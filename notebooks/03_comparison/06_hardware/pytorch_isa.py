r"""PyTorch: which kernel oneDNN chose for the second convolution, and its best time in
milliseconds. Prints JSON.

ONEDNN_MAX_CPU_ISA=AVX2 in the environment forbids everything newer. By hand, in the repository:
    ONEDNN_MAX_CPU_ISA=AVX2 PYTHONPATH=. .venv/bin/python \
        notebooks/03_comparison/06_hardware/pytorch_isa.py
"""
import json

import torch
from pytorch_layout import best


def main():
    torch.manual_seed(0)
    layout = torch.channels_last
    convolution = torch.nn.Conv2d(16, 32, 3).to(memory_format=layout)
    images = torch.rand(64, 16, 13, 13).contiguous(memory_format=layout)
    with torch.inference_mode():
        # oneDNN writes a line for each kernel
        with torch.backends.mkldnn.verbose(torch.backends.mkldnn.VERBOSE_ON):
            convolution(images)
        milliseconds = best(lambda: convolution(images), 0.4)
    print(json.dumps({"milliseconds": milliseconds,
                      "capability": torch.backends.cpu.get_cpu_capability()}))


if __name__ == "__main__":
    main()
