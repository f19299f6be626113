"""The reference server's TLS: a link that encrypts, and what the scope tells of it."""

from __future__ import annotations

import socket
import ssl
from typing import Any

import anyio

from asgisim.reference.link import Link

VERSIONS = {"TLSv1.2": 0x0303, "TLSv1.3": 0x0304}


class Terms:
    """The server's certificate as its connections need it. Raises OSError if a file cannot be read."""

    def __init__(self, cert: str, key: str) -> None:
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(cert, key)
        self.context.set_alpn_protocols(["http/1.1"])
        self.suites = {one["name"]: one["id"] & 0xFFFF for one in self.context.get_ciphers()}
        end = "-----END CERTIFICATE-----"
        with open(cert, encoding="ascii") as file:
            self.certificate = file.read().partition(end)[0] + end + "\n"  # the first is the server's own


class TlsLink(Link):
    """A link whose inbox holds what was decrypted."""

    def __init__(self, sock: socket.socket, terms: Terms) -> None:
        super().__init__(sock)
        self.terms = terms
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = terms.context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    async def read_forever(self) -> None:
        """Shake hands, then fill the inbox."""
        try:
            await self._shake_hands()
        except OSError:
            self.broken = True
            self._leave()
            return
        await super().read_forever()

    async def _shake_hands(self) -> None:
        while True:
            try:
                self._object.do_handshake()
                await super().write(self._outgoing.read())
                break
            except ssl.SSLWantReadError:
                await super().write(self._outgoing.read())
            await anyio.wait_readable(self.sock)
            try:
                data = self.sock.recv(65536)
            except BlockingIOError:
                continue
            if not data:
                raise ConnectionResetError("the client left in the handshake")
            self._incoming.write(data)
        self.arrived(b"")  # what came with the last message of the handshake
        self.notify()

    def arrived(self, data: bytes) -> None:
        """Encrypted bytes of the client have come."""
        self._incoming.write(data)
        try:
            while True:
                plain = self._object.read(65536)
                if not plain:
                    break
                super().arrived(plain)
        except ssl.SSLWantReadError:
            return
        except ssl.SSLZeroReturnError:
            pass
        except ssl.SSLError:
            self.broken = True
        self._leave()

    async def write(self, data: bytes) -> None:
        """Hand all bytes to the system, encrypted. Raises ClientGone if that cannot be done."""
        if data and not self.broken:
            self._object.write(data)
        await super().write(self._outgoing.read())

    def finish(self) -> None:
        """End our direction, and say so: without that the client could not tell it from an attack."""
        if not self.finished and not self.broken:
            try:
                self._object.unwrap()
            except (ssl.SSLError, ValueError):
                pass  # the client has not ended its own
            try:
                self.sock.send(self._outgoing.read())
            except OSError:
                pass
        super().finish()

    def scope(self) -> dict[str, Any]:
        """The entry tls among the extensions."""
        cipher = self._object.cipher()
        return {
            "server_cert": self.terms.certificate,
            "client_cert_chain": [],
            "client_cert_name": None,
            "client_cert_error": None,
            "tls_version": VERSIONS.get(self._object.version() or ""),
            "cipher_suite": self.terms.suites.get(cipher[0]) if cipher else None,
        }
