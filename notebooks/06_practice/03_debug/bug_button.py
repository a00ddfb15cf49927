"""What JupyterLab's bug button does: it talks to the kernel's debugger, in messages of the Debug
Adapter Protocol, over the kernel's control channel. Here a program does so, without a browser.
"""
import contextlib
import os
import sys
import tempfile
import time
from pathlib import Path

from jupyter_client import BlockingKernelClient, KernelManager
from jupyter_client.kernelspec import KernelSpec

PATIENCE = 60  # seconds for one answer, on a slow machine


class Button:
    """A kernel of its own, with its debugger on."""

    def __init__(self, kernel: BlockingKernelClient):
        self.kernel, self.sent, self.messages = kernel, 0, []
        self.ask("initialize", clientID="course", adapterID="", pathFormat="path",
                 linesStartAt1=True, columnsStartAt1=True, supportsVariableType=True)
        self.ask("attach")

    def ask(self, command, **arguments):
        """Sends one request; returns the body of the answer."""
        self.sent += 1
        self.messages.append(command)
        message = self.kernel.session.msg("debug_request", {
            "type": "request", "seq": self.sent, "command": command, "arguments": arguments})
        self.kernel.control_channel.send(message)
        while True:
            answer = self.kernel.get_control_msg(timeout=PATIENCE)
            if answer["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return answer["content"].get("body", {})

    def stop(self, cell, line):
        """Runs the cell with a breakpoint in that line; returns the frame where it stopped."""
        file = self.ask("dumpCell", code=cell)["sourcePath"]
        self.ask("setBreakpoints", source={"path": file}, breakpoints=[{"line": line}],
                 sourceModified=False)
        self.ask("configurationDone")
        self.kernel.execute(cell)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            content = self.kernel.get_iopub_msg(timeout=PATIENCE)["content"]
            if content.get("event") == "stopped":
                break
        else:
            raise TimeoutError("the cell did not stop")
        self.thread = content["body"]["threadId"]
        return self.ask("stackTrace", threadId=self.thread)["stackFrames"][0]

    def value(self, frame, expression):
        """What an expression is worth in a frame."""
        return self.ask("evaluate", expression=expression, frameId=frame["id"],
                        context="watch")["result"]

    def go_on(self):
        self.ask("continue", threadId=self.thread)


@contextlib.contextmanager
def pressed():
    """A :class:`Button`; its kernel, and what that writes, go in the end."""
    with tempfile.TemporaryDirectory() as folder:
        manager = KernelManager(connection_file=str(Path(folder) / "kernel.json"))
        manager._kernel_spec = KernelSpec(argv=[
            sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}",
            "--log-level=ERROR"])
        manager.start_kernel(cwd=folder, env={
            **os.environ, "IPYTHONDIR": folder, "TMPDIR": folder, "TEMP": folder, "TMP": folder,
            "PYDEVD_DISABLE_FILE_VALIDATION": "1"})
        client = manager.blocking_client()
        try:
            client.start_channels()
            client.wait_for_ready(timeout=PATIENCE)
            yield Button(client)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
