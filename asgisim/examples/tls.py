"""For each rule on the extension tls: a trace that keeps it, and one that breaks it alone."""

from __future__ import annotations

from typing import Any

from asgisim.examples.build import ABSENT, RETURNS, example, gives, scope, sends
from asgisim.model.trace import Step

PEM = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"


def session(tls: Any) -> list[Step]:
    """A WebSocket over TLS whose scope tells this."""
    told = scope("websocket", scheme="wss", extensions={"tls": tls})
    return [told, gives("websocket.connect"), sends("websocket.close"), RETURNS]


def tls(**changes: Any) -> dict[str, Any]:
    """A whole entry, in which these keys differ."""
    entry = {
        "server_cert": PEM,
        "client_cert_chain": [PEM],
        "client_cert_name": "CN=client",
        "client_cert_error": None,
        "tls_version": 0x0304,
        "cipher_suite": 0x1301,
    }
    return {key: value for key, value in {**entry, **changes}.items() if value is not ABSENT}


def _entry(rule: str, good: dict[str, Any], bad: dict[str, Any]) -> None:
    example(f"ext.tls.{rule}", session(tls(**good)), session(tls(**bad)))


example("ext.tls.dict", session(tls()), session(True))
_entry("server-cert", {"server_cert": None}, {"server_cert": ABSENT})
_entry("client-cert-chain.type", {"client_cert_chain": ()}, {"client_cert_chain": PEM})
_entry("client-cert-name.type", {"client_cert_name": "CN=a,O=b"}, {"client_cert_name": b"CN=a"})
_entry("client-cert-name.required", {}, {"client_cert_name": None})
_entry("client-cert-error.type", {"client_cert_error": "expired"}, {"client_cert_error": ""})
_entry("tls-version", {"tls_version": None}, {"tls_version": "TLSv1.3"})
_entry("cipher-suite", {"cipher_suite": 0xC02F}, {"cipher_suite": 0x10000})
