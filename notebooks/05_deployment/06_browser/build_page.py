r"""Builds the page "Draw a digit": a folder to serve, and one file that opens without any server.

By hand, with the Python of the environment ``deployment``::

    python build_page.py page            # writes page/ and page/draw_a_digit.html, and says so
    python build_page.py page --serve    # and serves it on this machine until you press Ctrl-C

The models are the course's network as each framework trained it (``onecnn.trained``), written by
``onecnn.onnx_file`` for ONNX Runtime Web and by ``graph_model.py`` for TensorFlow.js. The runtimes
come from ``node_modules``, where set-up put them.
"""
import argparse
import base64
import contextlib
import gzip
import hashlib
import json
import re
import shutil
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
NODE_MODULES = Path(sys.prefix, "node_modules")
PAGE = ("index.html", "style.css", "page.js", "ink.js", "files.js", "runtimes.js", "preprocess.js")
# each after those that it imports
MODULES = ("preprocess.js", "files.js", "runtimes.js", "ink.js", "page.js")
RUNTIMES = {"ort": {"module": "onnxruntime-web/dist/ort.wasm.bundle.min.mjs",
                    "wasm": "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm"},
            "tfjs": {"module": "@tensorflow/tfjs/dist/tf.fesm.min.js"}}
SINGLE = "draw_a_digit.html"

def build(folder: Path, keys=None, layers: bool = False) -> dict:
    """Writes the page, the models of ``keys`` (default: all whose kernel is here) and the runtimes;
    returns what ``models.json`` holds."""
    import graph_model

    from onecnn import networks, trained
    from onecnn.onnx_file import write_onnx
    keys = keys or trained.available()
    for name in ("models", "runtimes"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in PAGE:
        shutil.copyfile(HERE / name, folder / name)
    runtimes = {runtime: {part: _copy(folder, source) for part, source in parts.items()}
                for runtime, parts in RUNTIMES.items()}
    weights = {key: trained.weights(key) for key in keys}
    graph = graph_model.write(weights, folder / "models")
    if layers:
        graph_model.write_layers(trained.weights("keras"), folder / "models" / "layers")
    models = []
    for key in keys:
        write_onnx(weights[key], folder / "models" / f"{key}.onnx")
        network = networks.get(key)
        models.append({"key": key, "name": network.title,
                       "year": network.year, "onnx": _entry(folder, f"models/{key}.onnx"),
                       "tfjs": _entry(folder, f"models/{key}.bin")})
    manifest = {"models": models, "graph": _entry(folder, f"models/{graph}"), "runtimes": runtimes}
    (folder / "models.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    (folder / SINGLE).write_text(single_file(folder, manifest), encoding="utf-8")
    return manifest


def _copy(folder: Path, source: str) -> dict:
    file = f"runtimes/{Path(source).name}"
    shutil.copyfile(NODE_MODULES / source, folder / file)
    return _entry(folder, file)


def _entry(folder: Path, file: str) -> dict:
    content = (folder / file).read_bytes()
    return {"file": file, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def single_file(folder: Path, manifest: dict) -> str:
    """The page with everything inside: browsers let a page from a local file load neither modules
    nor data beside it.

    The modules become one script: each ``import`` line and each ``export`` is taken away. Models
    and runtimes become text that no browser runs, packed. The security policy names the script and
    the style by their hashes.
    """
    page = (folder / "index.html").read_text(encoding="utf-8")
    style = (folder / "style.css").read_text(encoding="utf-8")
    script = "\n".join((folder / name).read_text(encoding="utf-8") for name in MODULES)
    script = re.sub(r"^import .*\n", "", script, flags=re.MULTILINE)
    script = re.sub(r"^export ", "", script, flags=re.MULTILINE)
    parts = ['<script type="application/json" '
             f'id="file:models.json">{json.dumps(manifest)}</script>']
    entries = [manifest["graph"],
               *(part for runtime in manifest["runtimes"].values() for part in runtime.values()),
               *(model[kind] for model in manifest["models"] for kind in ("onnx", "tfjs"))]
    for entry in entries:
        packed = base64.b64encode(gzip.compress((folder / entry["file"]).read_bytes(),
                                                mtime=0)).decode()
        parts.append(f'<script type="text/plain" id="file:{entry["file"]}">{packed}</script>')
    policy = (f"default-src 'none'; script-src '{_hash(script)}' blob: 'wasm-unsafe-eval'; "
              f"style-src '{_hash(style)}'; img-src data:; base-uri 'none'; form-action 'none'")
    page = re.sub(r'(http-equiv="Content-Security-Policy" content=")[^"]*',
                  lambda found: found.group(1) + policy, page)
    page = page.replace('<link rel="stylesheet" href="style.css">', f"<style>{style}</style>")
    page = page.replace('<script type="module" src="page.js"></script>', "")
    return page.replace("</body>",
                        "\n".join(parts) + f'\n<script type="module">{script}</script>\n</body>')


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


class Handler(SimpleHTTPRequestHandler):
    """Serves the folder; ``isolated`` adds the two headers without which a page has no threads."""

    isolated = False

    def guess_type(self, path):
        types = {".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm"}
        return types.get(Path(path).suffix) or super().guess_type(path)

    def end_headers(self):
        # ask each time: a page that is built again is loaded again
        self.send_header("Cache-Control", "no-cache")
        if self.isolated:
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, *_):
        pass


def serve(folder: Path, port: int, isolated: bool = False) -> None:
    """Serves the page on this machine only, until it is interrupted."""
    Handler.isolated = isolated
    with ThreadingHTTPServer(("127.0.0.1", port),
                             partial(Handler, directory=str(folder))) as server:
        print(f"http://127.0.0.1:{server.server_port}/", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--serve", action="store_true",
                        help="serve it on this machine; build only if it is not there")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--isolated", action="store_true",
                        help="with the headers that allow threads")
    parser.add_argument("--keys", nargs="+", help="frameworks; default: all eleven")
    parser.add_argument("--layers", action="store_true",
                        help="also the layers model of Keras that TensorFlow.js refuses")
    options = parser.parse_args()
    if not (options.serve and (options.folder / "models.json").exists()):
        manifest = build(options.folder, options.keys, options.layers)
        print(f"wrote {len(manifest['models'])} models, index.html and {SINGLE} into "
              f"{options.folder}", flush=True)
    if options.serve:
        serve(options.folder, options.port, options.isolated)


if __name__ == "__main__":
    main()
