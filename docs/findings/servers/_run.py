"""What the scripts here share: servers in subprocesses, a client on plain sockets, the verdict.

``python SCRIPT.py`` runs the servers that the finding names, ``python SCRIPT.py daphne`` another one.
"""

import ast
import base64
import concurrent.futures
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

UVICORN = ("uvicorn", "{app}", "--port", "{port}", "--http")
COMMANDS = {
    "uvicorn-h11": (*UVICORN, "h11", "--ws", "wsproto"),
    "uvicorn-httptools": (*UVICORN, "httptools", "--ws", "websockets-sansio"),
    "hypercorn": ("hypercorn", "--bind", "127.0.0.1:{port}", "{app}"),
    "daphne": ("daphne", "--bind", "127.0.0.1", "--port", "{port}", "{app}"),
    "granian": ("granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", "{port}", "{app}"),
    "gunicorn": ("gunicorn", "-k", "asgi", "--no-control-socket", "--bind", "127.0.0.1:{port}", "{app}"),
}
STARTED = []
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
KEY = base64.b64encode(bytes(16))
WEBSOCKET = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + KEY + b"\r\n%s\r\n"
)


def note(value):
    """Called in the app: what it has seen, for Served.seen()."""
    with open(os.environ["SEEN"], "a") as file:
        file.write(ascii(value) + "\n")


async def answer(send, status=200, headers=(), body=b""):
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


def frame(opcode, payload=b""):
    """A masked frame from the client; the mask is zero."""
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + bytes(4) + payload


class Served:
    """One server at work with the app of the script."""

    def __init__(self, name, script, options, folder):
        self.name, self.file = name, Path(folder, name)
        self.file.touch()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        words = [word.format(app=f"{Path(script).stem}:app", port=self.port) for word in COMMANDS[name]]
        STARTED.append(
            subprocess.Popen(
                [sys.executable, "-m", *words, *options],
                cwd=Path(script).parent,
                env={**os.environ, "SEEN": str(self.file), "PYTHONPATH": str(Path(script).parent)},
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
        return socket.create_connection(("127.0.0.1", self.port), timeout=4)

    def ask(self, request=GET, wait=4):
        """All that comes back until the end of the connection, or until wait seconds of silence."""
        with self.connect() as client:
            client.sendall(request)
            return self.rest(client, wait)

    def rest(self, client, wait=4):
        client.settimeout(wait)
        data = b""
        try:
            while piece := client.recv(65536):
                data += piece
            self.ended = True
        except TimeoutError:
            self.ended = False
        except OSError:
            self.ended = True
        return data

    def websocket(self, headers=b""):
        """A client with an open WebSocket, and the head of the answer."""
        client, head = self.connect(), b""
        client.sendall(WEBSOCKET % headers)
        while not head.endswith(b"\r\n\r\n"):
            piece = client.recv(1)
            if not piece:
                break
            head += piece
        return client, head

    def seen(self, count=1, wait=4):
        """What the app noted: at least count values, or those that came in wait seconds."""
        end, found = time.monotonic() + wait, []
        while len(found) < count and time.monotonic() < end:
            time.sleep(0.05)
            lines = self.file.read_text().splitlines(keepends=True)
            found = [ast.literal_eval(line) for line in lines if line.endswith("\n")]
        return found


def stop(*_):
    for process in STARTED:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        process.wait()


def late(*_):
    raise SystemExit("took too long")


def main(script, check, *servers, options=()):
    """check(served) gives (is it broken, what was seen); prints that, and BUG or OK at the end."""

    def one(name):
        return name, *check(Served(name, script, options, folder.name))

    signal.signal(signal.SIGALRM, late)
    signal.signal(signal.SIGTERM, late)
    signal.alarm(50)
    folder = tempfile.TemporaryDirectory()
    pool = concurrent.futures.ThreadPoolExecutor()
    try:
        verdicts = list(pool.map(one, sys.argv[1:] or servers))
        for name, broken, seen in verdicts:
            print(f"{name}: {'BUG' if broken else 'OK'}: {seen}")
        print("BUG" if any(broken for _, broken, _ in verdicts) else "OK", flush=True)
        status = 0
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        status = 1
    finally:
        stop()
        folder.cleanup()
    os._exit(status)
