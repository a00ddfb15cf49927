"""The course's pooling in Triton: one program for each block of windows, played on a CPU."""
import os

os.environ["TRITON_INTERPRET"] = "1"  # read where a kernel is decorated

import torch
import triton
import triton.language as tl

from onecnn import ladder

BLOCK = 1 << 16  # windows a program: some hundred on a GPU; the interpreter likes few programs


@triton.jit
def first_pixel(window, width, columns, rows, plane):
    """Where a window begins: windows are counted along a row, then row by row, then by planes."""
    row, column = window // columns % rows, window % columns
    return window // (columns * rows) * plane + 2 * row * width + 2 * column


@triton.jit
def forward_kernel(x, y, count, width, columns, rows, plane, BLOCK: tl.constexpr):
    window = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    there = window < count  # the last block may hold fewer
    at = x + first_pixel(window, width, columns, rows, plane)
    top = tl.maximum(tl.load(at, there), tl.load(at + 1, there))
    bottom = tl.maximum(tl.load(at + width, there), tl.load(at + width + 1, there))
    tl.store(y + window, tl.maximum(top, bottom), there)


@triton.jit
def backward_kernel(dy, x, y, dx, count, width, columns, rows, plane, BLOCK: tl.constexpr):
    window = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    unpaid = window < count
    begin = first_pixel(window, width, columns, rows, plane)
    best, pay = tl.load(y + window, unpaid), tl.load(dy + window, unpaid)
    for k in tl.static_range(4):
        at = begin + k // 2 * width + k % 2
        wins = unpaid & (tl.load(x + at, unpaid) == best)
        tl.store(dx + at, pay, wins)
        unpaid = unpaid & (wins == 0)


class Pool(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x = x.contiguous()  # the kernels count on it
        n, channels, height, width = x.shape
        y = x.new_empty(n, channels, height // 2, width // 2)
        ctx.sizes = y.numel(), width, width // 2, height // 2, height * width
        ctx.save_for_backward(x, y)
        forward_kernel[(triton.cdiv(y.numel(), BLOCK),)](x, y, *ctx.sizes, BLOCK=BLOCK)
        return y

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, upstream):
        x, y = ctx.saved_tensors
        dx = torch.zeros_like(x)
        backward_kernel[(triton.cdiv(y.numel(), BLOCK),)](
            upstream.contiguous(), x, y, dx, *ctx.sizes, BLOCK=BLOCK)
        return dx


def report(network):
    class Own(network.OneCNN):
        def forward(self, x):
            x = Pool.apply(torch.relu(self.conv1(x)))
            x = Pool.apply(torch.relu(self.conv2(x)))
            return self.dense2(torch.relu(self.dense1(x.flatten(1))))

    network.OneCNN = Own
    window = torch.tensor([3.0, 3, 3, 1]).view(1, 1, 2, 2).requires_grad_()
    Pool.apply(window).sum().backward()
    torch.manual_seed(0)
    points = torch.randn(2, 3, 5, 4, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(Pool.apply, [points])  # raises if it is wrong
    climbed = ladder.climb(*ladder.Network.of(network), training=False, artefact=False)
    return {"version": triton.__version__, "at a tie": window.grad.ravel().tolist(),
            "checked by": "gradcheck", "broken": climbed.failed_rung}
