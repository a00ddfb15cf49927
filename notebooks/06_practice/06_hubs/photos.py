"""Two photographs that come with scikit-learn, cut and shrunk as EfficientNet-Lite0 wants them."""
import importlib.util
import pathlib

import numpy as np
from PIL import Image

SIDE = 224


def photo(name):
    """``flower.jpg`` or ``china.jpg``: 224 x 224 x 3, whole numbers from 0 to 255.

    As the weights' makers do for testing, the middle is taken: 224 of each 256 pixels.
    """
    # Found without an import of scikit-learn, which would take memory for nothing.
    package = pathlib.Path(importlib.util.find_spec("sklearn").origin).parent
    with Image.open(package / "datasets" / "images" / name) as file:
        whole = np.asarray(file.convert("RGB"))
    height, width, _ = whole.shape
    side = min(height, width) * SIDE // 256
    top, left = (height - side) // 2, (width - side) // 2
    middle = Image.fromarray(whole[top:top + side, left:left + side])
    return np.array(middle.resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def both():
    """Both photographs as one batch: 2 x 3 x 224 x 224, float32, from 0 to 255."""
    pictures = [photo(name) for name in ("flower.jpg", "china.jpg")]
    return np.stack(pictures).transpose(0, 3, 1, 2).astype(np.float32)
