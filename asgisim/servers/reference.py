"""Our own small server, asgisim.reference.server, started as the others are."""

from __future__ import annotations

from asgisim.servers.base import Launch, Server, features


def _command(launch: Launch) -> list[str]:
    where = ["--host", launch.host, "--port", str(launch.port)]
    if launch.uds:
        where = ["--uds", launch.uds]
    elif launch.fd is not None:
        where = ["--fd", str(launch.fd)]
    return [
        *(launch.python, "-m", "asgisim.reference.server", launch.app, *where, "--loop", launch.loop),
        *("--lifespan", "auto" if launch.lifespan else "off"),
        *(("--certfile", launch.cert, "--keyfile", launch.key) if launch.cert else ()),
        *(("--root-path", launch.root_path) if launch.root_path else ()),
        *launch.args,
    ]


REFERENCE = Server(
    "reference",
    _command,
    ("anyio", "h11", "wsproto"),
    features(
        *("http/1.1", "websocket", "lifespan", "state", "unix", "tls", "root-path", "early-call"),
        *("http.response.trailers", "http.response.early_hint", "websocket.http.response"),
    ),
    loops=("asyncio", "uvloop", "trio"),
    extra="wire",
)
