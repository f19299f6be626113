"""A certificate for servers under test, made once for each process and trusted by nobody else."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Certificate:
    """Paths of files in PEM. cert: the server's, with its chain. authority: what a client has to trust."""

    cert: str
    key: str
    authority: str

    def client(self, protocols: tuple[str, ...] = ()) -> ssl.SSLContext:
        """What a client needs to verify the server. protocols: for ALPN, the best first."""
        made = ssl.create_default_context(cafile=self.authority)
        if protocols:
            made.set_alpn_protocols(list(protocols))
        return made


@functools.cache
def certificate() -> Certificate:
    """The certificate of this process, for localhost. Its files are removed when the process ends."""
    import trustme

    authority = trustme.CA()
    issued = authority.issue_cert(*NAMES)
    folder = Path(tempfile.mkdtemp(prefix="asgisim-tls-"))
    atexit.register(_remove, folder, os.getpid())
    made = Certificate(*(str(folder / name) for name in ("cert.pem", "key.pem", "authority.pem")))
    for blob in issued.cert_chain_pems:
        blob.write_to_path(made.cert, append=True)
    issued.private_key_pem.write_to_path(made.key)
    authority.cert_pem.write_to_path(made.authority)
    return made


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # not in a fork of ours
        shutil.rmtree(folder, ignore_errors=True)
