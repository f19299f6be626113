"""gunicorn with its own ASGI worker."""

from __future__ import annotations

from asgisim.servers.base import Launch, Server, features


def _command(launch: Launch) -> list[str]:
    where = f"unix:{launch.uds}" if launch.uds else f"{launch.host}:{launch.port}"
    if launch.fd is not None and not launch.uds:
        where = f"fd://{launch.fd}"
    return [
        *(launch.python, "-m", "gunicorn", "-k", "asgi", "--workers", str(launch.workers), "--bind", where),
        *("--asgi-loop", launch.loop, "--asgi-lifespan", "auto" if launch.lifespan else "off"),
        *(("--certfile", launch.cert, "--keyfile", launch.key) if launch.cert else ()),
        *(("--root-path", launch.root_path) if launch.root_path else ()),
        *("--graceful-timeout", "2", "--no-control-socket", "--log-level", "info"),
        *launch.args,
        launch.app,
    ]


GUNICORN = Server(
    "gunicorn",
    _command,
    ("gunicorn",),
    features(
        *("http/1.1", "websocket", "lifespan", "state", "unix", "tls", "root-path", "workers", "early-call"),
        *("http.response.trailers", "http.response.early_hint"),
    ),
    loops=("asyncio", "uvloop"),
    ready=r"(ASGI server listening|ASGI.*ready|Application startup complete)",
    grace=8.0,  # its worker looks at the stop flag once a second
    younger={"--no-control-socket": 0, "--asgi-loop": 1, "--asgi-lifespan": 1, "--root-path": 1},
)
