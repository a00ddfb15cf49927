"""Caffe's way out: the net as text (``.prototxt``) and its weights (``.caffemodel``). See
``export.py``."""
import caffe

from onecnn import mnist


def own(functions, model, path):
    digits = mnist.load().test_images
    path.with_suffix(".prototxt").write_text(str(functions.one_cnn(len(digits), caffe.TEST)),
                                             encoding="utf-8")
    model.net.save(f"{path}.caffemodel")
    # two files, no code
    net = caffe.Net(str(path.with_suffix(".prototxt")), f"{path}.caffemodel", caffe.TEST)
    net.blobs["data"].data[...] = digits
    return net.forward()["dense2"]


ROUTES = {"own": own}
