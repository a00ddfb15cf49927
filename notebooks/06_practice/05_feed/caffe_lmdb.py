"""Caffe's Data layer on an LMDB that another process wrote.

For ``cells.run("02_frameworks/05_caffe", "06_practice/05_feed/caffe_lmdb:report", folder=...)``.
"""
from pathlib import Path

import caffe
import idx_store
import numpy as np

from onecnn import spec

LAYER = """layer {{ name: "data" type: "Data" top: "data" top: "label"
  transform_param {{ scale: {scale} }}
  data_param {{ source: "{source}" backend: LMDB batch_size: {batch} }} }}"""


def batches(folder, scale, count):
    text = LAYER.format(scale=scale, source=Path(folder) / "digits.lmdb", batch=spec.BATCH)
    file = Path(folder) / "feed.prototxt"
    file.write_text(text)
    net = caffe.Net(str(file), caffe.TEST)
    for _ in range(count):
        net.forward()
        yield net.blobs["data"].data.copy(), net.blobs["label"].data.astype(np.int64)


def report(functions, folder, count):
    divided = ((images / np.float32(255), labels) for images, labels in batches(folder, 1, count))
    return {"version": caffe.__version__, "divided": idx_store.digest(divided),
            "scaled": idx_store.digest(batches(folder, 1 / 255, count))}
