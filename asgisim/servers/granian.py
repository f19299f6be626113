"""granian: written in Rust. It binds the port itself."""

from __future__ import annotations

from asgisim.servers.base import Launch, Server, features


def _command(launch: Launch) -> list[str]:
    where = ["--uds", launch.uds] if launch.uds else ["--host", launch.host, "--port", str(launch.port)]
    return [
        *(launch.python, "-m", "granian", "--interface", "asgi" if launch.lifespan else "asginl", *where),
        *("--workers", str(launch.workers), "--loop", launch.loop, "--workers-kill-timeout", "3"),
        *(("--ssl-certificate", launch.cert, "--ssl-keyfile", launch.key) if launch.cert else ()),
        *(("--url-path-prefix", launch.root_path) if launch.root_path else ()),
        *launch.args,
        launch.app,
    ]


GRANIAN = Server(
    "granian",
    _command,
    ("granian",),
    features(
        *("http/1.1", "http/2", "websocket", "lifespan", "state", "unix", "tls", "root-path", "workers"),
        "early-call",
        *("http.response.pathsend", "websocket.http.response"),
    ),
    loops=("asyncio", "uvloop"),
    takes_fd=False,
    reuses_port=True,
    ready=r"(Started|Spawning) worker-1|Listening at",
    younger={"--workers-kill-timeout": 1, "--url-path-prefix": 1, "--loop": 1},
)
