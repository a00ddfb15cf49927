"""A page in the notebook on which a network reads what is drawn. The network is in the page, and
nothing is sent anywhere.
"""
import base64
import html
import json
import re

import numpy as np

from onecnn import paths

HERE = paths.programs("00_your_first_network")
INK = paths.programs("05_deployment/06_browser")  # drawing, and from strokes to 28 x 28 pixels
STEPS = 127  # signed bytes go to 127


def rounded(network) -> dict:
    """Name -> ``(signed bytes, what one step of them stands for)``: each weight rounded to one of
    255 values, a quarter of the size."""
    found = {}
    for name, value in network.state_dict().items():
        step = float(value.abs().max()) / STEPS or 1.0
        found[name] = np.round(value.numpy() / step).astype(np.int8), step
    return found


def page(network) -> str:
    """The whole page, HTML with everything inside, for a network of the notebook's layers."""
    weights = {name: {"bytes": base64.b64encode(steps.tobytes()).decode(), "step": step}
               for name, (steps, step) in rounded(network).items()}
    scripts = "\n".join(file.read_text(encoding="utf-8") for file in (
        INK / "ink.js", INK / "preprocess.js", HERE / "network.js"))
    scripts = re.sub(r"^export ", "", scripts, flags=re.MULTILINE)  # one script, no modules
    text = (HERE / "page.html").read_text(encoding="utf-8")
    return text.replace("/* SCRIPTS */", scripts).replace("/* WEIGHTS */", json.dumps(weights))


def show(network) -> None:
    """Shows the page below the cell."""
    from IPython.display import display

    frame = (f'<iframe title="Draw a digit" srcdoc="{html.escape(page(network))}" '
             'sandbox="allow-scripts" width="700" height="380" style="border: 0"></iframe>')
    display({"text/html": frame, "text/plain": "A page to draw on: run this cell in JupyterLab."},
            raw=True)
