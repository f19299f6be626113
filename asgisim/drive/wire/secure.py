"""TLS between a client and its socket: bytes in, bytes out, no waiting."""

from __future__ import annotations

import ssl
from typing import Any


class Secure:
    """The client's end of one TLS connection. established: the handshake is over. error: why it failed."""

    def __init__(self, context: ssl.SSLContext, name: str = "localhost") -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        self._suites = {one["name"]: one["id"] & 0xFFFF for one in context.get_ciphers()}
        self.established = False
        self.error = ""

    def begin(self) -> bytes:
        """The first bytes of the handshake."""
        self._shake()
        return self._outgoing.read()

    def _shake(self) -> None:
        try:
            self._object.do_handshake()
            self.established = True
        except ssl.SSLWantReadError:
            pass

    def wrap(self, data: bytes) -> bytes:
        """What must be written so that the server reads `data`: one record for each 16 KiB."""
        self._object.write(data)
        return self._outgoing.read()

    def farewell(self) -> bytes:
        """What ends our direction."""
        try:
            self._object.unwrap()
        except (ssl.SSLError, ValueError):
            pass  # the server has not ended its own
        return self._outgoing.read()

    def feed(self, raw: bytes) -> tuple[bytes, bytes, bool]:
        """What came: the server's bytes, what must be written back, whether its direction has ended."""
        self._incoming.write(raw)
        plain, over = bytearray(), False
        try:
            if not self.established:
                self._shake()
            while self.established:
                got = self._object.read(1 << 18)
                if not got:
                    over = True
                    break
                plain += got
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            over = True
        except ssl.SSLError as error:
            self.error, over = str(error), True
        return bytes(plain), self._outgoing.read(), over

    def facts(self) -> dict[str, Any]:
        """``{"version", "suite", "protocol", "certificate"}``: 0x0304, 0x1301, the name from ALPN, DER."""
        cipher = self._object.cipher()
        return {
            "version": {"TLSv1.2": 0x0303, "TLSv1.3": 0x0304}.get(self._object.version() or "", 0),
            "suite": self._suites.get(cipher[0], 0) if cipher else 0,
            "protocol": self._object.selected_alpn_protocol() or "",
            "certificate": self._object.getpeercert(binary_form=True) or b"",
        }
