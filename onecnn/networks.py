"""The roster: every network of the course. Whoever loops over "all frameworks" loops over this.

Thirteen networks in eleven frameworks: Keras runs on three engines. TensorFlow stands in the register once and counts as two
frameworks here, because its first and its second version are learned from different chapters.
"""
from typing import NamedTuple, Optional

from onecnn import frameworks


class Entry(NamedTuple):
    """One network. Its cells stand in ``notebook`` and run in ``kernel``, with the environment variables ``env``.

    ``key``: of this network alone (``"keras-torch"``); ``framework``: the same for all networks that share cells, and weights
    that were trained once (``"keras"``); ``title``: that framework's name; ``year``: in which it was first released.
    """

    key: str
    framework: str
    title: str
    year: str
    notebook: str
    kernel: str
    env: dict[str, str]
    detail: str = ""  # what tells this network from its framework's others, or from the framework itself
    float64: bool = True  # False: it computes in float32 whatever it is given, and climbs with ``float64=False``

    @property
    def name(self) -> str:
        """As tables and figures show it: ``"Keras on torch"``."""
        return f"{self.title} {self.detail}".strip()


def _of(key: str) -> Entry:
    """The network of the register's framework ``key``, in the chapter that the register names."""
    entry = frameworks.get(key)
    return Entry(key, key, entry.name, entry.first.date[:4], entry.notebook, entry.kernel, {})


NETWORKS: tuple[Entry, ...] = (  # in the order of tables and figures
    _of("numpy"), _of("theano"), _of("torch7")._replace(detail="(rebuilt)"),
    _of("caffe")._replace(float64=False), _of("chainer"),
    _of("tensorflow")._replace(key="tensorflow1", framework="tensorflow1", title="TensorFlow 1",
                               notebook="01_history/06_tensorflow1"),
    _of("mxnet"), _of("tensorflow")._replace(title="TensorFlow 2", year="2019"), _of("pytorch"),
    *(_of("keras")._replace(key=f"keras-{engine}", detail=f"on {engine}", env={"KERAS_BACKEND": engine})
      for engine in ("tensorflow", "torch", "jax")),
    _of("jax"),
)
FRAMEWORKS: tuple[str, ...] = tuple(dict.fromkeys(entry.framework for entry in NETWORKS))  # the eleven keys


def choose(keys: Optional[list[str]] = None) -> list[Entry]:
    """All networks, or those with these keys in their order; a framework's key stands for all of its networks.

    Raises ``KeyError`` with the known keys.
    """
    found: list[Entry] = []
    for key in FRAMEWORKS if keys is None else keys:
        meant = [entry for entry in NETWORKS if key in (entry.key, entry.framework)]
        if not meant:
            raise KeyError(f"the course has no network '{key}'; it has: {', '.join(entry.key for entry in NETWORKS)}")
        found += meant
    return found


def get(key: str) -> Entry:
    """The network with this key, or a framework's first. Raises ``KeyError`` with the known keys."""
    return choose([key])[0]
