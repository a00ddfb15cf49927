"""The engine of the service: one ONNX model, requests that are run together, a new file taken up
without a pause.

It knows nothing of HTTP. ``app.py`` puts it behind an address.
"""
import asyncio
import hashlib
import logging
import os
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Optional

import numpy as np
import onnxruntime as ort
from prometheus_client import Counter, Histogram

BATCHES = Histogram("digits_batch_size", "Digits in one run of the network",
                    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256))
LOADS = Counter("digits_model_loads", "Model files that were taken up, refused or unreadable",
                ["outcome"])
SECONDS = 10  # that a new file may take for a blank digit
log = logging.getLogger("uvicorn.error")


class Model:
    """One file, loaded and tried. Raises if it is no ONNX model, or not one that turns digits into
    ten finite numbers."""

    def __init__(self, content: bytes):
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        # a refused file is our own line in the log, not the engine's
        options.log_severity_level = 4
        # no weights from other files: a stranger's model could name any file of this folder
        options.add_session_config_entry("session.model_external_initializers_file_folder_path",
                                         os.devnull)
        self.session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        self.version = hashlib.sha256(content).hexdigest()  # as sha256sum prints it
        for count in (1, 2):  # a batch of fixed size runs with one of them
            trial = self.trial(count)
            if trial.shape != (count, 10) or not np.isfinite(trial).all():
                raise ValueError(f"blank digits, {count}, gave {trial.shape}, finite: "
                                 f"{np.isfinite(trial).all()}")

    def run(self, images: np.ndarray) -> np.ndarray:
        return self.session.run(None, {self.input: images})[0]

    def trial(self, count: int) -> np.ndarray:
        """As ``run``, for a file of which nothing is known yet: it may hold a loop without end."""
        options = ort.RunOptions()
        options.log_severity_level = 4
        limit = threading.Timer(SECONDS, setattr, (options, "terminate", True))
        limit.start()
        try:
            blank = np.zeros((count, 1, 28, 28), np.float32)
            answer, *_ = self.session.run(None, {self.input: blank}, options)
            return answer
        except Exception:
            if options.terminate:
                raise ValueError(f"blank digits took more than {SECONDS} seconds") from None
            raise
        finally:
            limit.cancel()


class Engine:
    """Collects requests until they have ``batch`` digits, for at most ``wait`` seconds, and runs at
    most ``batch`` digits together."""

    def __init__(self, file: Path, batch: int, wait: float, waiting: int = 256, poll: float = 0.2):
        self.file, self.batch, self.wait, self.poll = file, max(batch, 1), wait, poll
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
            try:
                images = np.concatenate([images for images, _ in requests])
                results = await loop.run_in_executor(self.thread, self.run_parts, model, images)
            except Exception as error:  # theirs alone: the next batch runs
                results = error
            self.give_back(requests, results, model.version, time.perf_counter() - start)

    def run_parts(self, model: Model, images: np.ndarray) -> np.ndarray:
        parts = np.split(images, range(self.batch, len(images), self.batch))
        for part in parts:
            BATCHES.observe(len(part))
        return np.concatenate([model.run(part) for part in parts])

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
        one that cannot be read is tried again; the old one stays. Why is said once."""
        seen = said = state = None
        while True:
            try:
                found = self.file.stat()
                state = found.st_mtime_ns, found.st_size, found.st_ino
                if state != seen:
                    if not stat.S_ISREG(found.st_mode):
                        raise OSError(f"no file, but a folder or a device: {self.file}")
                    self.model = await asyncio.to_thread(lambda: Model(self.file.read_bytes()))
                    seen = state
                    LOADS.labels("taken up").inc()
                said = None
            except (OSError, MemoryError) as error:
                if (why := reason(error)) != said:
                    said = why
                    LOADS.labels("unreadable").inc()
                    log.error("model file cannot be read, it is tried again: %s", why)
            except Exception as error:
                seen = state
                LOADS.labels("refused").inc()
                log.error("model file refused: %s", reason(error))
            await asyncio.sleep(self.poll)


def reason(error: Exception) -> str:
    """One line, also of those that have no text, such as ``MemoryError``."""
    return next(iter(str(error).strip().splitlines()), repr(error))
