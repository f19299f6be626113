"""What a server is to us: how it is started, how one knows that it is ready, how it stops, what it can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


class ServerError(Exception):
    """A server could not be started or used; the text says why and holds the end of its log."""


class ServerMissing(ServerError):
    """A package that the server needs is not installed in the interpreter that shall run it."""


@dataclass(frozen=True, slots=True)
class Launch:
    """One start of a server, as its command line is made from.

    app: ``module:attribute``. python: the interpreter. fd: the number of a bound socket that the child
    inherits, or None where the server binds host and port itself. uds: the path of a unix socket, or
    an empty str. loop: the event loop, one of the server's loops. lifespan: False to switch it off
    where the server can. cert, key: paths of a certificate with its chain and of its key for TLS, or
    empty. workers: processes that serve. args: further arguments for the server, as given by the user.
    """

    app: str
    python: str
    host: str
    port: int
    fd: int | None
    uds: str
    loop: str
    root_path: str = ""
    lifespan: bool = True
    cert: str = ""
    key: str = ""
    workers: int = 1
    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Server:
    """A server under test.

    command: makes the command line. modules: what must be importable in the interpreter. extra: the
    extra of asgisim that installs them. loops: event loops, the default first. takes_fd: a bound socket
    can be handed over; takes_fd_tls: for TLS too. listens: the handed socket must be listening already.
    ready: a regular expression
    that the log must show before the server counts as ready, beside an open port; empty if the
    open port is enough. grace: seconds from SIGTERM until SIGKILL. clean: exit statuses that mean
    a clean stop. can: what the server offers, out of FEATURES. younger: options of the command that older
    releases do not have, with the number of their values: left out where ``--help`` does not name them.
    """

    name: str
    command: Callable[[Launch], list[str]]
    modules: tuple[str, ...]
    can: frozenset[str]
    loops: tuple[str, ...] = ("asyncio",)
    loop_modules: Mapping[str, str] = field(default_factory=lambda: {"uvloop": "uvloop", "trio": "trio"})
    extra: str = "servers"
    takes_fd: bool = True
    takes_fd_tls: bool = True
    listens: bool = False
    reuses_port: bool = False
    ready: str = ""
    grace: float = 5.0
    clean: tuple[int, ...] = (0,)
    environment: Mapping[str, str] = field(default_factory=dict)
    younger: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


# What a server may offer. The names of extensions are those of the scope.
FEATURES = frozenset(
    {
        "http/1.1",
        "http/2",
        "websocket",
        "lifespan",
        "state",
        "unix",
        "tls",
        "workers",  # several processes that serve one socket
        "root-path",
        "early-call",  # the app is called before the request's body is complete
        "http.response.trailers",
        "http.response.early_hint",
        "http.response.push",
        "http.response.pathsend",
        "http.response.zerocopysend",
        "websocket.http.response",
        "websocket.deflate",
    }
)


def features(*names: str) -> frozenset[str]:
    """A set of FEATURES. Raises ValueError for a name that is not one."""
    unknown = set(names) - FEATURES
    if unknown:
        raise ValueError(f"expected names out of FEATURES, but got {sorted(unknown)}")
    return frozenset(names)
