"""What TorchServe 0.12 (archived) runs in its Python worker. prepare.py packs it into digits.mar,
with

    network.py            the network's cells of the PyTorch chapter
    weights.safetensors   numbers only: nothing is unpickled
    checking.py           the check of the request
"""
import json
from pathlib import Path

import checking
import network
from safetensors.numpy import load_file
from ts.torch_handler.base_handler import BaseHandler
from ts.utils.util import PredictionException


class Digits(BaseHandler):
    def initialize(self, context):
        folder = Path(context.system_properties["model_dir"])
        self.model = network.build(load_file(folder / "weights.safetensors"))
        self.initialized = True

    def handle(self, data, context):
        """``data``: the requests of one batch (here 1). Gives a list with one answer for each."""
        return [self.answer(request.get("body")) for request in data]

    def answer(self, body):
        # TorchServe decodes JSON only if the header says that it is JSON
        if isinstance(body, (bytes, bytearray)):
            body = json.loads(body)
        try:
            images = checking.digits(body)
        except ValueError as error:
            raise PredictionException(str(error), 400) from None
        return network.logits(self.model, images).tolist()
