"""The server at a URL: an address that may be asked, at a bounded rate, a bounded number of times."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections import deque
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from asgisim.drive import mirror
from asgisim.drive.wire import http
from asgisim.drive.wire.client import Client
from asgisim.drive.wire.course import Course
from asgisim.drive.wire.hub import Hub
from asgisim.drive.wire.record import CONNECTED, RESPONSE, Record
from asgisim.drive.wire.script import WireScenario
from asgisim.drive.wire.secure import Secure
from asgisim.frameworks import contract
from asgisim.judge import Report
from asgisim.probe import told
from asgisim.wire.judge import judge_wire

PUPPET, CONTRACT = "puppet", "contract"
PATIENCE = 5.0  # seconds for one answer


class ProbeError(Exception):
    """The URL cannot be probed; the message says why, in one line."""


class Spent(Exception):
    """The number of connections that were allowed is used up."""


class Place:
    """Where a URL leads: scheme, host, port, prefix of all paths, and the one address that is asked.

    The host is looked up once: what that says is what is talked to. Raises ProbeError for a URL that is none,
    a host that is unknown, and, without `remote`, for one that is not this machine.
    """

    def __init__(self, url: str, remote: bool = False) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ProbeError(
                f"expected a URL such as http://127.0.0.1:8000, but got {url!r}: {error}"
            ) from None
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ProbeError(f"expected a URL such as http://127.0.0.1:8000, but got {url!r}")
        if parts.username is not None:
            raise ProbeError("expected a URL without a user and a password")
        self.url = url
        self.secure = parts.scheme == "https"
        self.host, self.port = parts.hostname, port or (443 if self.secure else 80)
        self.prefix = parts.path.rstrip("/").encode()
        self.address = self._address(remote)
        self.header = parts.netloc.encode()

    def _address(self, remote: bool) -> tuple[str, int]:
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise ProbeError(f"{self.host}: there is no such host ({error.strerror or error})") from None
        places = [str(one[4][0]) for one in found]
        self.remote = not all(ipaddress.ip_address(one.partition("%")[0]).is_loopback for one in places)
        if self.remote and not remote:
            raise ProbeError(
                f"{self.host} is {places[0]}, which is not this machine: the set holds malformed requests; "
                "--allow-remote says that you may send them there"
            )
        return places[0], self.port


class Remote:
    """What scenarios are played against, in place of a session with a server of our own.

    rate: connections begun per second, at most. count: of them in all; Spent is raised beyond.
    """

    own_lifespan = False

    def __init__(self, place: Place, rate: float = 50.0, count: int = 500) -> None:
        self.place, self.rate, self.count = place, rate, count
        self.used = 0
        self.kind = ""
        self.hub = Hub()
        # Nobody is called here that could be told what to do.
        self.controller: Any = SimpleNamespace(
            calls=deque(), lifespans=[], order_ahead=lambda orders: None, revoke=lambda line: None
        )
        self.running: Any = SimpleNamespace(
            process=SimpleNamespace(poll=lambda: None, returncode=None), log=lambda: "", status=None
        )
        self._tls = ssl.create_default_context() if place.secure else None
        self._next = 0.0

    def connect(self) -> Client:
        """A new connection, when its turn has come. Raises OSError, Spent."""
        if self.used >= self.count:
            raise Spent
        self.used += 1
        wait = self._next - time.monotonic()
        if wait > 0:
            self.hub.sleep(wait)
        self._next = time.monotonic() + 1 / self.rate
        secure = Secure(self._tls, self.place.host) if self._tls is not None else None
        return Client(self.hub, self.place.address, PATIENCE, secure)

    def run(self, scenario: WireScenario) -> Record:
        """Play a scenario of a client; the app's side is what the answers tell of it."""
        course: Any = Course
        played: Record = course(self, scenario).play()
        if not any(one.kind == CONNECTED for one in played.client):
            raise ProbeError(f"{self.place.url}: no connection to {self.place.host} port {self.place.port}")
        told.complete(played)
        return played

    def judge(self, played: Record) -> Report:
        """As those of servers are."""
        return judge_wire(played)

    def get(self, path: bytes) -> http.Response:
        """One plain GET. Raises ProbeError if there is no answer."""
        try:
            client = self.connect()
        except OSError as error:
            why = error.strerror or str(error)
            raise ProbeError(f"{self.place.url}: cannot be reached: {why}") from None
        try:
            client.methods.append(b"GET")
            client.send(http.compose(target=self.place.prefix + path, host=self.place.header))
            answer = client.response()
        finally:
            client.close()
        if not answer.status:
            raise ProbeError(
                f"{self.place.url}: took the connection, and gave no HTTP answer in {PATIENCE:g} s"
            )
        return answer

    def recognise(self) -> str:
        """Which app answers there: the puppet says so, the contract app is known by its greeting.

        Raises ProbeError for any other.
        """
        answer = self.get(b"/")
        if mirror.read(answer.body) is not None:
            self.kind = PUPPET
        elif answer.status == 200 and answer.body == contract.GREETING:
            self.kind = CONTRACT
        else:
            raise ProbeError(
                f"{self.place.url}: neither the puppet (asgisim.drive.puppet:app) nor the contract app "
                f"answers there: status {answer.status}, {answer.body[:40]!r}"
            )
        return self.kind


def responses(played: Record) -> list[http.Response]:
    """All responses of a run."""
    return [one.data for one in played.client if one.kind == RESPONSE]
