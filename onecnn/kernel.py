"""The kernels' own word on their language: the same on every machine, so that a notebook that is only opened stays unchanged.

JupyterLab writes a kernel's ``language_info`` into each notebook that it opens with it, and marks the notebook as changed if
another one stands there. ipykernel's holds the patch version of Python, which differs between machines.
"""
from ipykernel.ipkernel import IPythonKernel


class Kernel(IPythonKernel):
    """ipykernel's, without its Python's patch version."""

    language_info: dict[str, object] = {  # noqa: RUF012 (ipykernel declares it so)
        "name": "python", "version": "3", "mimetype": "text/x-python", "file_extension": ".py",
        "codemirror_mode": {"name": "ipython", "version": 3}, "pygments_lexer": "ipython3", "nbconvert_exporter": "python"}
