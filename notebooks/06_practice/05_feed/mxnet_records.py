"""MXNet's own file of records, RecordIO, and Gluon's DataLoader on it.

For ``cells.run("02_frameworks/04_mxnet", "06_practice/05_feed/mxnet_records:report", folder=...)``.
"""
from pathlib import Path

import idx_store
import mxnet as mx
import numpy as np


def write(folder):
    """Each record: a header with label and number, then the 784 bytes. A second file says where
    each record begins."""
    digits, path = idx_store.Digits(folder), Path(folder) / "digits.rec"
    records = mx.recordio.MXIndexedRecordIO(str(path.with_suffix(".idx")), str(path), "w")
    for number in range(len(digits)):
        image, label = digits.raw(number)
        header = mx.recordio.IRHeader(0, float(label), number, 0)
        records.write_idx(number, mx.recordio.pack(header, image.tobytes()))
    records.close()
    return path


def decoded(record):
    header, content = mx.recordio.unpack(record)
    image = np.frombuffer(content, np.uint8).reshape(1, 28, 28)
    return image.astype(np.float32) / np.float32(255), np.int64(header.label)


def report(functions, folder):
    path = write(folder)
    dataset = mx.gluon.data.RecordFileDataset(str(path)).transform(decoded)
    loader = mx.gluon.data.DataLoader(dataset, batch_sampler=idx_store.order(len(dataset)))
    batches = ((images.asnumpy(), labels.asnumpy()) for images, labels in loader)
    return {"version": mx.__version__, "records": len(dataset), "bytes": path.stat().st_size,
            "hash": idx_store.digest(batches)}
