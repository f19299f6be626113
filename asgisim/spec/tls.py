"""The extension tls: what a scope tells of the TLS connection below it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from asgisim.spec.rules import By, Event, Rule, check, rule
from asgisim.spec.shapes import is_int, items_of, typed
from asgisim.spec.view import View

_SINCE = "ext 2021-07 (0.2)"
_SCOPE = "tls#tls-connection-scope"
_PLACES = ("scope http", "scope websocket")
_PEM = "-----BEGIN CERTIFICATE-----"

# fmt: off
DICT = rule(
    "ext.tls.dict", "server", "must", _SINCE, _SCOPE,
    "The entry tls in extensions is a dict.", "Fill a dict, or leave the extension out.",
)
SERVER_CERT = rule(
    "ext.tls.server-cert", "server", "must", _SINCE, _SCOPE,
    "server_cert is there: a certificate as PEM in a str, or None.", "Write None where it is not known.",
)
CHAIN_TYPE = rule(
    "ext.tls.client-cert-chain.type", "server", "must", _SINCE, _SCOPE,
    "client_cert_chain, where given, is an iterable of certificates as PEM in str.",
    "Write an empty list for no client certificate.",
)
NAME_TYPE = rule(
    "ext.tls.client-cert-name.type", "server", "must", _SINCE, _SCOPE,
    "client_cert_name, where given, is a distinguished name as in RFC 4514, a str, or None.",
    "Write the subject as 'CN=name,O=house'.",
)
NAME_REQUIRED = rule(
    "ext.tls.client-cert-name.required", "server", "must", _SINCE, _SCOPE,
    "Where there is a client certificate its name is given as well.",
    "Write the subject of the first certificate of the chain.",
)
ERROR_TYPE = rule(
    "ext.tls.client-cert-error.type", "server", "must", _SINCE, _SCOPE,
    "client_cert_error, where given, is None or a str that is not empty.",
    "Write None for a certificate that was verified, and for none.",
)
VERSION = rule(
    "ext.tls.tls-version", "server", "must", _SINCE, _SCOPE,
    "tls_version is there: the number of the TLS texts, 0x0304 for TLS 1.3, or None.",
    "Write 0x0303 for TLS 1.2, 0x0304 for TLS 1.3.",
)
CIPHER = rule(
    "ext.tls.cipher-suite", "server", "must", _SINCE, _SCOPE,
    "cipher_suite is there: the 16-bit number of the suite, or None.",
    "Write both bytes of the registered suite as one int.",
)
DEFAULTS = rule(
    "ext.tls.defaults", "app", "must", _SINCE, _SCOPE,
    "To an app a missing chain is an empty one, and a missing name or error is None.",
    "Read the optional entries with .get(...).", by=By.EQUAL,
)
EVENTS_UNCHANGED = rule(
    "ext.tls.events-unchanged", "both", "must", _SINCE, "tls#events",
    "With and without tls the events are the same.",
    "Let the entry inform, and steer nothing by it.", by=By.EQUAL,
)
# fmt: on


@check(DICT, *_PLACES, key="extensions")
def _dict(scope: Event, view: View) -> Iterator[str]:
    if view.offers("tls") and not isinstance(scope["extensions"]["tls"], dict):
        yield typed("tls", scope["extensions"]["tls"], "dict")


def _offered(scope: Event, view: View) -> bool:
    return view.offers("tls") and isinstance(scope["extensions"]["tls"], dict)


_Look: TypeAlias = Callable[[dict[Any, Any]], Iterator[str]]
_LOOKS: list[_Look] = []


def _entry(rule: Rule) -> Callable[[_Look], None]:
    """Enter a generator over the tls dict as the check of `rule`."""

    def enter(function: _Look) -> None:
        _LOOKS.append(function)

        @check(rule, *_PLACES, key="extensions", when=_offered)
        def look(scope: Event, view: View) -> Iterator[str]:
            yield from function(scope["extensions"]["tls"])

    return enter


def is_sound(tls: dict[Any, Any]) -> bool:
    """Whether none of the checks of its entries finds anything in this dict."""
    for look in _LOOKS:
        for _ in look(tls):
            return False
    return True


def _is_pem(value: object) -> bool:
    return isinstance(value, str) and value.lstrip().startswith(_PEM)


@_entry(SERVER_CERT)
def _server_cert(tls: dict[Any, Any]) -> Iterator[str]:
    if "server_cert" not in tls:
        yield "server_cert is missing"
    elif tls["server_cert"] is not None and not _is_pem(tls["server_cert"]):
        yield "server_cert is neither PEM in a str nor None"


@_entry(CHAIN_TYPE)
def _chain(tls: dict[Any, Any]) -> Iterator[str]:
    if "client_cert_chain" not in tls:
        return
    chain = items_of(tls["client_cert_chain"])
    if chain is None:
        yield typed("client_cert_chain", tls["client_cert_chain"], "an iterable of PEM str")
    for place, one in enumerate(chain or ()):
        if not _is_pem(one):
            yield f"entry {place} of client_cert_chain is not PEM in a str"


@_entry(NAME_TYPE)
def _name(tls: dict[Any, Any]) -> Iterator[str]:
    name = tls.get("client_cert_name")
    if name is not None and not isinstance(name, str):
        yield typed("client_cert_name", name, "str or None")
    elif name and "=" not in name:
        yield f"client_cert_name is {name!r}, which is no distinguished name"


@_entry(NAME_REQUIRED)
def _name_required(tls: dict[Any, Any]) -> Iterator[str]:
    if items_of(tls.get("client_cert_chain")) and tls.get("client_cert_name") is None:
        yield "client_cert_chain is not empty, but there is no client_cert_name"


@_entry(ERROR_TYPE)
def _error(tls: dict[Any, Any]) -> Iterator[str]:
    error = tls.get("client_cert_error")
    if error == "":
        yield "client_cert_error is empty"
    elif error is not None and not isinstance(error, str):
        yield typed("client_cert_error", error, "str or None")


@_entry(VERSION)
def _version(tls: dict[Any, Any]) -> Iterator[str]:
    yield from _number("tls_version", tls)


@_entry(CIPHER)
def _cipher(tls: dict[Any, Any]) -> Iterator[str]:
    yield from _number("cipher_suite", tls)


def _number(key: str, tls: dict[Any, Any]) -> Iterator[str]:
    if key not in tls:
        yield f"{key} is missing"
    elif tls[key] is not None and not (is_int(tls[key]) and 0 <= tls[key] < 1 << 16):
        yield f"{key} is {tls[key]!r}, not an unsigned int of 16 bits or None"
