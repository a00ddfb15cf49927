"""The profilers and the FLOP counters of the other frameworks, on the chapters' own networks.

Each function is called with the module of a chapter's cells, in that chapter's kernel, and answers
``{"steps": how often the step stands in the record, "kinds": how many names, "top": [[name, share
of the time], ...], "flops": [forward, training step]}``, the last where it counts them.
"""
import contextlib
import io
import json
import tempfile
from pathlib import Path

from onecnn import mnist, spec

STEPS, REGION = 3, "one training step"


def _batch():
    digits = mnist.load()
    return digits.train_images[:spec.BATCH], digits.train_labels[:spec.BATCH]


def _trained(network):
    """A network that has made a step: what is compiled at the first one is compiled."""
    images, labels = _batch()
    model = network.build(spec.initial_weights())
    network.train_step(model, images, labels)
    return model, images, labels


def _top(times, count=4):
    whole = sum(times.values())
    ranked = sorted(times.items(), key=lambda one: -one[1])
    return [[name, value / whole] for name, value in ranked[:count]]


def _xplane(folder, at_work):
    """What the file says that both TensorFlow and JAX write; ``at_work``: a part of the names of
    the threads that compute."""
    from jax.profiler import ProfileData

    (file,) = Path(folder).rglob("*.xplane.pb")
    steps, times = 0, {}
    for plane in ProfileData.from_file(str(file)).planes:
        for line in plane.lines:
            for event in line.events:
                steps += event.name == REGION
                own = not event.name.startswith(("end: ", "Threadpool", "ThunkExecutor",
                                                 "Executor", "Memory"))
                if any(part in line.name for part in at_work) and own:
                    times[event.name] = times.get(event.name, 0) + event.duration_ns
    return {"steps": steps, "kinds": len(times), "top": _top(times)}


def jax(network):
    import jax

    model, images, labels = _trained(network)
    with tempfile.TemporaryDirectory() as folder:
        with jax.profiler.trace(folder):
            for number in range(STEPS):
                with jax.profiler.StepTraceAnnotation(REGION, step_num=number):
                    network.train_step(model, images, labels)
        seen = _xplane(folder, ("tf_XLAEigen", "tf_XLAPjRt"))
    forward = network.compiled_forward.lower(model["weights"], images).cost_analysis()
    step = network.update.lower(model["weights"], model["momentum"], images, labels)
    return {**seen, "flops": [forward["flops"], step.cost_analysis()["flops"]]}


def tensorflow(network):
    import tensorflow as tf

    model, images, labels = _trained(network)
    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        for number in range(STEPS):
            with tf.profiler.experimental.Trace(REGION, step_num=number, _r=1):
                network.train_step(model, images, labels)
        tf.profiler.experimental.stop()
        seen = _xplane(folder, ("tf_Compute", "tf_xla"))

    def flops(function, *shapes):
        option = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
        with contextlib.redirect_stdout(io.StringIO()):  # its report
            graph = tf.function(function).get_concrete_function(*shapes).graph
            found = tf.compat.v1.profiler.profile(graph, cmd="op", options={
                **option, "output": "none"})
        return found.total_float_ops

    images, labels = tf.TensorSpec([spec.BATCH, 28, 28, 1]), tf.TensorSpec([spec.BATCH], tf.int64)
    return {**seen, "flops": [flops(model.forward, images),
                              flops(model.loss_and_step, images, labels)]}


def chainer(network):
    from chainer.function_hooks import TimerHook

    model, images, labels = _trained(network)
    with TimerHook() as hook:
        for _ in range(STEPS):
            network.train_step(model, images, labels)
    found = hook.summary()
    return {"steps": found["SoftmaxCrossEntropy"]["occurrence"], "kinds": len(found),
            "top": _top({name: one["elapsed_time"] for name, one in found.items()})}


def mxnet(network):
    import mxnet as mx

    model, images, labels = _trained(network)
    with tempfile.TemporaryDirectory() as folder:
        mx.profiler.set_config(aggregate_stats=True, profile_imperative=True,
                               profile_symbolic=True, filename=f"{folder}/profile.json")
        mx.profiler.set_state("run")
        for _ in range(STEPS):
            network.train_step(model, images, labels)
        mx.nd.waitall()  # operations run behind the program's back
        mx.profiler.set_state("stop")
        found = json.loads(mx.profiler.dumps(format="json"))["Time"]["operator"]
    return {"steps": found["log_softmax"]["Count"], "kinds": len(found),
            "top": _top({name: one["Total"] for name, one in found.items()})}
