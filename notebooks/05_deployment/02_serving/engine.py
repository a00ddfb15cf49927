"""The engine of the service: one ONNX model, requests that are run together, a new file taken up
without a pause.

It knows nothing of HTTP. ``app.py`` puts it behind an address.
"""
import asyncio
import logging
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Optional

import numpy as np
import onnxruntime as ort
from prometheus_client import Counter, Histogram

BATCHES = Histogram("digits_batch_size", "Digits in one run of the network",
                    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256))
LOADS = Counter("digits_model_loads", "Model files that were taken up or refused", ["outcome"])
log = logging.getLogger("uvicorn.error")


class Model:
    """One file, loaded and tried. Raises if it is no ONNX model, or not one that turns digits into
    ten finite numbers."""

    def __init__(self, content: bytes):
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        # a refused file is our own line in the log, not the engine's
        options.log_severity_level = 4
        self.session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        self.version = str(zlib.crc32(content))  # the same number wherever the same file is served
        trial = self.run(np.zeros((2, 1, 28, 28), np.float32))
        if trial.shape != (2, 10) or not np.isfinite(trial).all():
            raise ValueError(f"two blank digits gave {trial.shape}, finite: "
                             f"{np.isfinite(trial).all()}")

    def run(self, images: np.ndarray) -> np.ndarray:
        return self.session.run(None, {self.input: images})[0]


class Engine:
    """Runs at most ``batch`` digits together; the first of them waits at most ``wait`` seconds for
    the others."""

    def __init__(self, file: Path, batch: int, wait: float, waiting: int = 256, poll: float = 0.2):
        self.file, self.batch, self.wait, self.poll = file, batch, wait, poll
        self.model: Optional[Model] = None
        self.queue: asyncio.Queue = asyncio.Queue(maxsize=waiting)
        # the event loop reads the next requests while the network runs
        self.thread = ThreadPoolExecutor(1)

    async def logits(self, images: np.ndarray) -> tuple[np.ndarray, str, float]:
        """The logits, the version that gave them, the seconds of the run. Raises
        ``asyncio.QueueFull`` if too many wait."""
        answer = asyncio.get_running_loop().create_future()
        self.queue.put_nowait((images, answer))
        return await answer

    async def run_batches(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            requests = [await self.queue.get()]
            try:
                async with asyncio.timeout(self.wait):
                    while sum(len(images) for images, _ in requests) < self.batch:
                        requests.append(await self.queue.get())
            except TimeoutError:
                pass  # those that came in time go together
            # a new model that comes now is for the next batch
            model, start = self.model, time.perf_counter()
            images = np.concatenate([images for images, _ in requests])
            BATCHES.observe(len(images))
            try:
                results = await loop.run_in_executor(self.thread, model.run, images)
            except Exception as error:
                results = error
            self.give_back(requests, results, model.version, time.perf_counter() - start)

    @staticmethod
    def give_back(requests, results, version, seconds) -> None:
        first = 0
        for images, answer in requests:
            if answer.done():  # its client has gone
                pass
            elif isinstance(results, Exception):
                answer.set_exception(results)
            else:
                answer.set_result((results[first:first + len(images)], version, seconds))
            first += len(images)

    async def watch_file(self) -> None:
        """Takes up the file, and each new one that replaces it. One that does not work is refused,
        and the old one stays."""
        seen = None
        while True:
            try:
                found = self.file.stat()
                if (found.st_mtime_ns, found.st_size, found.st_ino) != seen:
                    seen = found.st_mtime_ns, found.st_size, found.st_ino
                    self.model = await asyncio.to_thread(lambda: Model(self.file.read_bytes()))
                    LOADS.labels("taken up").inc()
            except Exception as error:
                if not isinstance(error, FileNotFoundError):
                    LOADS.labels("refused").inc()
                    log.error("model file refused: %s", str(error).splitlines()[0])
            await asyncio.sleep(self.poll)
