"""A network of Keras Applications whose hub is a file of ours.

For ``cells.run("02_frameworks/03_keras", "06_practice/06_hubs/applications:report", ...)``.
"""
import keras
import numpy as np


def mobile_net(weights):
    """The smallest MobileNet, without its last layers. ``weights``: None, or a file's path."""
    return keras.applications.MobileNet((32, 32, 3), alpha=0.25, include_top=False, weights=weights)


def report(functions, file):
    """Whether features of a network by chance come back from the file, and of another do not."""
    made = mobile_net(None)
    made.save_weights(file)
    pictures = np.random.RandomState(0).rand(2, 32, 32, 3).astype("float32")
    wanted, loaded, other = (net.predict_on_batch(pictures)
                             for net in (made, mobile_net(file), mobile_net(None)))
    return {"the same": np.allclose(loaded, wanted, atol=1e-6), "shape": wanted.shape,
            "another by chance": np.allclose(other, wanted, atol=1e-6)}
