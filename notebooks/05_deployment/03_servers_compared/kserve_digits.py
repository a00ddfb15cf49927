"""A KServe 0.21 model server for a SavedModel, with the protocol of TensorFlow Serving (V1) and the
Open Inference one (V2).

    python prepare.py FOLDER savedmodel
    python kserve_digits.py FOLDER/savedmodel --http_port 8080

then POST {"instances": [digit, ...]} to http://127.0.0.1:8080/v1/models/digits:predict; a digit is
28 x 28 x 1.
"""
import sys
import uuid

import checking
import kserve
import tensorflow as tf
from kserve import model_server
from kserve.errors import InvalidInput
from starlette.middleware.body_limit import RequestBodyLimitMiddleware


class Digits(kserve.Model):
    def __init__(self, folder):
        super().__init__("digits")
        self.folder = folder

    def load(self):
        self.loaded = tf.saved_model.load(self.folder)
        self.run = self.loaded.signatures["serving_default"]
        self.ready = True
        return self.ready

    def predict(self, payload, headers=None):
        v2 = isinstance(payload, kserve.InferRequest)
        try:
            images = checking.digits(payload.inputs[0].as_numpy() if v2 else payload["instances"],
                                     shape=(28, 28, 1))
        except (ValueError, KeyError) as error:
            raise InvalidInput(str(error)) from None
        logits, = self.run(images=tf.constant(images)).values()
        if not v2:
            return {"predictions": logits.numpy().tolist()}
        output = kserve.InferOutput("logits", list(logits.shape), "FP32")
        output.set_data_from_numpy(logits.numpy(), binary_data=False)
        # an id of None would become a 500
        return kserve.InferResponse(payload.id or str(uuid.uuid4()), self.name, [output])


class Loopback(model_server.RESTServer):
    """KServe listens on all addresses (0.0.0.0) and has no option for it:
    github.com/kserve/kserve/issues/4558."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.config.host = "127.0.0.1"


if __name__ == "__main__":
    model_server.RESTServer = Loopback
    model_server.app.add_middleware(RequestBodyLimitMiddleware, max_body_size=checking.MOST_BYTES)
    digits = Digits(sys.argv[1])
    digits.load()
    kserve.ModelServer(enable_grpc=False).start([digits])
