"""Five servers: the contract through each, what a bad request does to them, and that none leaves a process behind."""
import json
import signal
import socket
import tempfile
from pathlib import Path

import numpy as np
import pytest

from onecnn import cells, contract, mnist, paths, trained

SERVERS = paths.programs("05_deployment/03_servers_compared")
checking, clients, fleet = (cells.program(f"05_deployment/03_servers_compared/{name}")
                            for name in ("checking", "clients", "fleet"))

# Parsed by the server before our code sees it: a 5xx for the caller's fault, which the notebook shows.
THEIR_FAULT = {("TorchServe", "half a JSON"): 503, ("LitServe", "half a JSON"): 500}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("servers")
    try:
        fleet.prepare(found, "untrained")
    except cells.KernelMissing as reason:
        pytest.skip(str(reason))
    return found


@pytest.fixture
def temporary(monkeypatch):
    """The folder for temporary files. pytest's own has a path too long for a socket."""
    with tempfile.TemporaryDirectory() as found:
        monkeypatch.setattr(tempfile, "tempdir", found)
        yield Path(found)


@pytest.fixture(scope="module")
def digits():
    return mnist.load()


def verdict(found, name="LitServe"):
    return contract.judge(found, trained.weights("tensorflow" if name.startswith("KServe") else "pytorch"))


@pytest.mark.parametrize("name", clients.NAMES)
def test_contract_bad_requests_loopback_and_nothing_left(name, folder, digits, temporary):
    with fleet.start(name, folder) as server:
        assert verdict(clients.ask(name, server.url, digits.test_images), name).holds
        for what, text in clients.bad_requests(name, digits.test_images[0]).items():
            status, reply = clients.post(server.url + clients.PATHS[name], text)
            wanted = THEIR_FAULT.get((name, what))
            assert status == wanted if wanted else 400 <= status < 500, f"{what}: {status} {reply[:200]}"
        assert clients.announced(name, server.url) == 413
        assert clients.ask(name, server.url, digits.test_images[:1]).shape == (1, 10)
        if name == "KServe":
            assert verdict(clients.ask("KServe V2", server.url, digits.test_images), "KServe V2").holds
        # Ray 2.60 puts one port of the replica on every interface (serve/_private/replica.py, "[::]:0"), behind the token
        assert fleet.listening(server.mark) - ({"::"} if name == "Ray Serve" else set()) == {"127.0.0.1"}
        assert not [path for path in temporary.glob("*") if path.stat().st_mode & 0o022], "open to others"
    assert not fleet.processes(server.mark)
    assert not list(temporary.iterdir()), "left behind"


def test_planted_faults_are_told(folder, digits):
    with fleet.start("LitServe", folder) as server:
        turned = verdict(clients.ask("LitServe", server.url, digits.test_images.transpose(0, 1, 3, 2)))
        bright = verdict(clients.ask("LitServe", server.url, digits.test_images * 255))
    assert "transposed" in turned.why
    assert "0 to 255" in bright.why
    with fleet.start("FastAPI", folder, model="untrained") as server:
        stale = verdict(clients.ask("FastAPI", server.url, digits.test_images))
    assert "stale file" in stale.why


@pytest.mark.parametrize("name", ["KServe", "LitServe", "Ray Serve"])
def test_a_body_without_end_is_cut_off(name, folder, digits):
    """In chunks, so its length is not announced."""
    with fleet.start(name, folder) as server:
        host, port = server.url.removeprefix("http://").split(":")
        head, piece, sent = f"POST {clients.PATHS[name]} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n", \
            b"10000\r\n" + b" " * 65536 + b"\r\n", 0
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
            while sent < 12 * 2**20:
                connection.sendall(piece)
                sent += len(piece)
            assert b" 413 " in connection.recv(100)
        assert clients.ask(name, server.url, digits.test_images[:1]).shape == (1, 10)


def test_torchserve_asks_for_its_key(folder):
    one = json.dumps(np.zeros((1, 1, 28, 28)).tolist())
    with fleet.start("TorchServe", folder) as server:
        address, key = server.url + clients.PATHS["TorchServe"], clients.TOKENS.pop(server.url)
        status, text = clients.post(address, one)
        assert status == 400 and "Token Authorization failed" in text
        clients.TOKENS[server.url] = "a guess"
        assert 400 <= clients.post(address, one)[0] < 500
        clients.TOKENS[server.url] = key
        assert clients.post(address, one)[0] == 200
        assert (folder / "torchserve" / "key_file.json").stat().st_mode & 0o077 == 0


def test_a_flat_digit_kills_the_careless_kserve(folder, digits):
    with fleet.start("KServe", folder, **checking.CARELESS) as server:
        assert clients.ask("KServe", server.url, digits.test_images[:2]).shape == (2, 10)
        flat = clients.bad_requests("KServe", digits.test_images[0])["a flat list"]
        status, _ = clients.post(server.url + clients.PATHS["KServe"], flat)
        assert (status, server.process.wait(20)) == (0, -signal.SIGABRT)
        assert "Check failed" in server.log.read_text()


def test_litserve_outlives_sigterm_but_not_the_block_even_after_an_error(folder, digits):
    one = json.dumps(clients.body("LitServe", digits.test_images[:1]))
    with pytest.raises(RuntimeError, match="in the block"), fleet.start("LitServe", folder, "--batch", "16") as server:
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == -signal.SIGTERM
        assert len(fleet.processes(server.mark)) > 1
        assert clients.post(server.url + "/predict", one)[0] == 200
        raise RuntimeError("in the block")
    assert not fleet.processes(server.mark)


def test_load_counts(folder):
    with fleet.start("FastAPI", folder) as server:
        found = fleet.load("FastAPI", server.url, users=2, answers=300)
        assert fleet.megabytes(server.mark) > 20
    assert found["failures"] == 0
    assert 300 <= found["answers"] < 330
    assert 0 < found["p50_ms"] <= found["p99_ms"] and found["per_second"] > 0


def test_percentile():
    times = [(1, 50), (2, 49), (9, 1)]
    assert [fleet.percentile(times, share) for share in (0.5, 0.51, 0.99, 1)] == [1, 2, 2, 9]


def test_recorded_table_is_whole():
    recorded = json.loads((SERVERS / "servers.json").read_text(encoding="utf-8"))
    assert {row.split(",")[0] for row in recorded["rows"]} == set(clients.NAMES)
    assert all(row["contract_holds"] and row["difference"] <= contract.TOLERANCE for row in recorded["rows"].values())
    assert all(load["failures"] == 0 and load["answers"] for row in recorded["rows"].values() for load in row["loads"])
    assert recorded["careless"]["KServe"]["a flat list"]["exit_code"] == -signal.SIGABRT
    assert recorded["date"] and recorded["cores"] and recorded["versions"]["torchserve"] == "0.12.0"


def test_torchserve_is_labelled_where_it_stands():
    text = SERVERS.with_suffix(".py").read_text(encoding="utf-8")
    assert "TorchServe is **archived**" in text[:text.index("lesson.start()")]
    assert "**Archived since 7" in text[text.index("## 2. What was TorchServe?"):text.index("## 3.")]
    for program in ("torchserve_handler.py", "torchserve_start.py"):
        assert "archived" in (SERVERS / program).read_text(encoding="utf-8").split('"""')[1]


def test_request_reaches_v2_in_the_shape_that_it_names():
    images = np.arange(2 * 784, dtype=np.float32).reshape(2, 1, 28, 28)
    sent, = clients.body("KServe V2", images)["inputs"]
    assert (np.reshape(sent["data"], sent["shape"]) == images.transpose(0, 2, 3, 1)).all()
