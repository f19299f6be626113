"""What the scripts here share: frameworks behind servers, a client on plain sockets, what was seen.

``python SCRIPT.py`` plays all pairs that it names, ``python SCRIPT.py falcon:uvicorn`` that one. The last
line is AS TOLD if all is as the page says, else OTHERWISE: a release has changed it.
"""

import concurrent.futures
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SERVERS = {
    "uvicorn": ("uvicorn", "{app}", "--port", "{port}", "--http", "httptools", "--ws", "websockets-sansio"),
    "hypercorn": ("hypercorn", "--bind", "127.0.0.1:{port}", "{app}"),
    "daphne": ("daphne", "--bind", "127.0.0.1", "--port", "{port}", "{app}"),
    "granian": ("granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", "{port}", "{app}"),
    "gunicorn": ("gunicorn", "-k", "asgi", "--no-control-socket", "--bind", "127.0.0.1:{port}", "{app}"),
}
STARTED = []
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


def chosen(**apps):
    """In the server: the app of the framework that this process is for; a function makes it."""
    return apps[os.environ["FRAMEWORK"]]() if "FRAMEWORK" in os.environ else None


def note(value):
    """Called in the app: a line for Pair.noted()."""
    with open(os.environ["NOTES"], "a") as file:
        file.write(f"{value}\n")


def frame(opcode, payload=b""):
    """A masked frame from the client; the mask is zero."""
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + bytes(4) + payload


class Pair:
    """A framework behind a server, at work."""

    def __init__(self, name, script, folder):
        framework, server = name.split(":")
        self.notes = Path(folder, name.replace(":", "-"))
        self.notes.touch()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        words = [word.format(app=f"{Path(script).stem}:app", port=self.port) for word in SERVERS[server]]
        here = str(Path(script).parent)
        environment = {**os.environ, "FRAMEWORK": framework, "NOTES": str(self.notes), "PYTHONPATH": here}
        STARTED.append(
            subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=folder,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
        while True:
            try:
                self.connect().close()
                return
            except OSError:
                time.sleep(0.05)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def ask(self, request=GET, wait=4.0):
        """All that comes back until the end of the connection, or until so many seconds of silence."""
        with self.connect() as client:
            client.sendall(request)
            return rest(client, wait)

    def status(self, request=GET):
        """The status of the answer, as a str; "none" without one."""
        words = self.ask(request).split(b" ", 2)
        return words[1].decode() if len(words) > 1 else "none"

    def websocket(self):
        """A client after the handshake, and the status of the answer ("none" without one)."""
        client, head = self.connect(), b""
        client.settimeout(5)
        client.sendall(HANDSHAKE)
        try:
            while not head.endswith(b"\r\n\r\n") and (piece := client.recv(1)):
                head += piece
        except OSError:
            pass
        return client, head.split(b" ", 2)[1].decode() if head else "none"

    def noted(self, count=1, wait=5.0):
        """The lines that the app noted: so many, or those of so many seconds."""
        end, found = time.monotonic() + wait, []
        while len(found) < count and time.monotonic() < end:
            time.sleep(0.05)
            found = self.notes.read_text().split("\n")[:-1]
        return found


def rest(client, wait=4.0):
    """All that comes until the end, or a silence."""
    client.settimeout(wait)
    data = b""
    try:
        while piece := client.recv(65536):
            data += piece
    except OSError:
        pass
    return data


def stop():
    for process in STARTED:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        process.wait()


def late(*_):
    raise SystemExit("took too long")


def main(script, look, told):
    """look(pair) gives what was seen, a str; told: pair (``falcon:uvicorn``) to what the page says of it."""

    def one(name):
        return name, look(Pair(name, script, folder.name))

    signal.signal(signal.SIGALRM, late)
    signal.signal(signal.SIGTERM, late)
    signal.alarm(100)
    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    pool = concurrent.futures.ThreadPoolExecutor()
    try:
        seen = dict(pool.map(one, sys.argv[1:] or told))
        for name, what in seen.items():
            print(f"{name}: {what}" + ("" if what == told.get(name) else f" (told: {told.get(name)})"))
        same = all(what == told.get(name) for name, what in seen.items())
        print("AS TOLD" if same else "OTHERWISE", flush=True)
        status = 0
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        status = 1
    finally:
        stop()
        folder.cleanup()
    os._exit(status)
