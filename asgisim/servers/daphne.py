"""daphne: Twisted, asyncio only. It never calls the app for lifespan, and only when the body is whole."""

from __future__ import annotations

from asgisim.servers.base import Launch, Server, features

# Twisted takes the descriptor's word that it listens, so we listen before we hand it over.


def _command(launch: Launch) -> list[str]:
    where = ["--bind", launch.host, "--port", str(launch.port)]
    if launch.cert:  # Twisted wraps no descriptor in TLS
        keys = f"privateKey={launch.key}:certKey={launch.cert}"
        where = ["--endpoint", f"ssl:{launch.port}:interface={launch.host}:{keys}"]
    elif launch.uds:
        where = ["--unix-socket", launch.uds]
    elif launch.fd is not None:
        where = ["--fd", str(launch.fd)]
    return [
        *(launch.python, "-m", "daphne", *where, "--verbosity", "1"),
        *(("--root-path", launch.root_path) if launch.root_path else ()),
        *launch.args,
        launch.app,
    ]


DAPHNE = Server(
    "daphne",
    _command,
    ("daphne",),
    features("http/1.1", "websocket", "unix", "tls", "root-path"),
    takes_fd_tls=False,
    listens=True,
    ready=r"Configuring endpoint|Listening on endpoint",
)
