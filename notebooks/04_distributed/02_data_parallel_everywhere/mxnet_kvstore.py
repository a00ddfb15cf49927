r"""MXNet (retired 2023): the devices meet in a key-value store, in this process or in a server's
("device", "dist_sync").

By hand, with the museum's Python:
    PYTHONPATH=. .venv-museum/bin/python \
        notebooks/04_distributed/02_data_parallel_everywhere/mxnet_kvstore.py \
        --out training
The lines that one device would not need are marked "# parallel".
"""
import argparse
import json

# in a process with DMLC_ROLE=server or scheduler this call serves, and ends the process afterwards
import mxnet as mx
from mxnet import autograd, gluon, nd

from onecnn import cells, spec, worker

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True, help="each way writes OUT-WAY.npz")
parser.add_argument("--ways", nargs="+",
                    default=["device"], choices=["device", "dist_sync", "half_batch", "half_dist"],
                    help="half_...: step() is told the batch size of one device, a fault")
options = parser.parse_args()
network = cells.functions("02_frameworks/04_mxnet")


def train(way):
    one_each = "dist" in way  # one device in each process
    kvstore = mx.kv.create("dist_sync" if one_each else "device")  # parallel
    devices = [mx.cpu(0)] if one_each else [mx.cpu(0), mx.cpu(1)]  # parallel
    model = network.one_cnn()
    model.initialize(ctx=devices)  # parallel
    for device in devices:
        model(nd.zeros((1, *spec.IMAGE_SHAPE), ctx=device))
    for name, value in spec.initial_weights().items():
        model.collect_params()[name.replace(".", "_")].set_data(nd.array(value))
    settings = {"learning_rate": spec.LEARNING_RATE, "momentum": spec.MOMENTUM}
    trainer = gluon.Trainer(model.collect_params(), "sgd", settings, kvstore=kvstore)  # parallel
    share = spec.BATCH // kvstore.num_workers  # parallel (dist_sync)
    losses, weights, cut = [], [], gluon.utils.split_and_load
    for images, labels in worker.batches():
        mine = slice(kvstore.rank * share, (kvstore.rank + 1) * share)  # parallel (dist_sync)
        parts = [cut(nd.array(array[mine]), devices) for array in (images, labels)]  # parallel
        with autograd.record():
            found = [network.softmax_cross_entropy(model(x), y) for x, y in zip(*parts)]  # parallel
        autograd.backward(found)
        trainer.step(len(images) // 2 if way.startswith("half") else len(images))
        losses.append(sum(loss.sum().asscalar() for loss in found) / share)
        weights.append({name.replace("_", "."): p.data(devices[0]).asnumpy()
                        for name, p in model.collect_params().items()})
    place = f"worker {kvstore.rank} " if one_each else ""
    rows = {place + str(part.context): part.asnumpy().astype(int).tolist()
            for part in gluon.utils.split_and_load(nd.arange(spec.BATCH)[mine], devices)}
    held = {place + str(part.context): part.size
            for part in model.collect_params()["dense1_weight"].list_data()}
    if one_each and trainer._update_on_kvstore:
        held["server"] = model.collect_params()["dense1_weight"].data().size
    return losses, weights, {"rows": rows, "held": held}


for way in options.ways:
    losses, weights, seen = train(way)
    worker.record(f"{options.out}-{way}.npz", losses, weights)
print(json.dumps(seen))
