"""uvicorn in its stacks: two HTTP parsers, three WebSocket implementations."""

from __future__ import annotations

from functools import partial

from asgisim.servers.base import Launch, Server, features

HTTP = ("h11", "httptools")
WEBSOCKET = {"websockets": "websockets", "websockets-sansio": "websockets", "wsproto": "wsproto"}


def _command(launch: Launch, http: str, ws: str) -> list[str]:
    where = ["--host", launch.host, "--port", str(launch.port)]
    if launch.uds:
        where = ["--uds", launch.uds]
    elif launch.fd is not None:
        where = ["--fd", str(launch.fd)]
    return [
        *(launch.python, "-m", "uvicorn", launch.app, *where),
        *("--http", http, "--ws", ws, "--loop", launch.loop),
        *("--lifespan", "auto" if launch.lifespan else "off", "--interface", "asgi3"),
        *(("--workers", str(launch.workers)) if launch.workers > 1 else ()),
        *(("--ssl-certfile", launch.cert, "--ssl-keyfile", launch.key) if launch.cert else ()),
        *(("--root-path", launch.root_path) if launch.root_path else ()),
        *("--no-access-log", "--log-level", "info", "--timeout-graceful-shutdown", "2"),
        *launch.args,
    ]


def _stack(http: str, ws: str) -> Server:
    return Server(
        f"uvicorn-{http}-{ws}",
        partial(_command, http=http, ws=ws),
        tuple(dict.fromkeys(("uvicorn", http, WEBSOCKET[ws]))),
        features(
            *("http/1.1", "websocket", "lifespan", "state", "unix", "tls", "root-path", "workers"),
            "early-call",
            *(("websocket.http.response",) if ws != "websockets" else ()),
            "websocket.deflate",
        ),
        loops=("asyncio", "uvloop"),
        younger={"--timeout-graceful-shutdown": 1, "--interface": 1, "--root-path": 1},
        clean=(0, -15),  # it raises the signal again when it has stopped
    )


STACKS = [_stack(http, ws) for http in HTTP for ws in WEBSOCKET]
