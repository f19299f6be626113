"""hypercorn on asyncio, uvloop and trio."""

from __future__ import annotations

import sys

from asgisim.servers.base import Launch, Server, features


def _command(launch: Launch) -> list[str]:
    where = f"unix:{launch.uds}" if launch.uds else f"{launch.host}:{launch.port}"
    if launch.fd is not None and not launch.uds:
        where = f"fd://{launch.fd}"
    return [
        *(launch.python, "-m", "hypercorn", "--bind", where, "--worker-class", launch.loop),
        *(("--workers", str(launch.workers)) if launch.workers > 1 else ()),
        *(("--certfile", launch.cert, "--keyfile", launch.key) if launch.cert else ()),
        *(("--root-path", launch.root_path) if launch.root_path else ()),
        *("--graceful-timeout", "2"),
        *launch.args,
        # Releases before 0.14 do not know the prefix; the others find out by themselves.
        f"asgi:{launch.app}" if launch.python == sys.executable else launch.app,
    ]


HYPERCORN = Server(
    "hypercorn",
    _command,
    ("hypercorn",),
    features(
        *("http/1.1", "http/2", "websocket", "lifespan", "state", "unix", "tls", "root-path", "workers"),
        "early-call",
        *("http.response.trailers", "http.response.push", "http.response.early_hint"),
        *("websocket.http.response", "websocket.deflate"),
    ),
    loops=("asyncio", "uvloop", "trio"),
    younger={"--graceful-timeout": 1, "--root-path": 1},
)
