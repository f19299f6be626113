"""The checks that the scopes of HTTP and WebSocket share: each enters one rule, or a few, for one place.

A place is ``scope http`` or ``scope websocket``. Rules and sentences stand with their protocol, in
`asgisim.spec.http_scope` and `asgisim.spec.websocket_scope`.
"""

from __future__ import annotations

from collections.abc import Iterator

from asgisim.spec.editions import VERSIONS
from asgisim.spec.rules import Event, Rule, check
from asgisim.spec.shapes import names_of, not_pairs, pairs_of, typed
from asgisim.spec.view import View


def asgi(place: str, version: Rule, spec_version: Rule) -> None:
    """The two keys of ``asgi``."""

    @check(version, place, key="asgi")
    def is_text(scope: Event, view: View) -> Iterator[str]:
        told = scope["asgi"]
        if isinstance(told, dict) and not isinstance(told.get("version", ""), str):
            yield typed("version", told["version"], "str")

    @check(spec_version, place, key="asgi")
    def is_known(scope: Event, view: View) -> Iterator[str]:
        told = scope["asgi"]
        if isinstance(told, dict) and "spec_version" in told and told["spec_version"] not in VERSIONS:
            yield f"spec_version is {told['spec_version']!r}, not one of {', '.join(VERSIONS)}"


def present(place: str, rule: Rule, key: str) -> None:
    """The key is there."""

    @check(rule, place, shape=True)
    def is_present(scope: Event, view: View) -> Iterator[str]:
        if key not in scope:
            yield f"{key} is missing"


def text(place: str, rule: Rule, key: str) -> None:
    """What is there is a str."""

    @check(rule, place, key=key, shape=True)
    def is_text(scope: Event, view: View) -> Iterator[str]:
        if not isinstance(scope[key], str):
            yield typed(key, scope[key], "str")


def octets(place: str, rule: Rule, key: str, *, none: bool) -> None:
    """What is there is bytes, or where `none` says so None."""

    @check(rule, place, key=key, shape=True)
    def is_bytes(scope: Event, view: View) -> Iterator[str]:
        if not isinstance(scope[key], bytes) and not (none and scope[key] is None):
            yield typed(key, scope[key], "bytes or None" if none else "bytes")


def http_version(place: str, rule: Rule, known: tuple[str, ...]) -> None:
    """One of the known versions; 3 is known since 2026-09."""

    @check(rule, place, key="http_version")
    def is_known(scope: Event, view: View) -> Iterator[str]:
        version = scope["http_version"]
        if version == "1.1":
            return
        names = (*known, "3") if view.edition.has("2026-09") else known
        if isinstance(version, str) and version not in names:
            yield f"http_version is {version!r}, not one of {', '.join(names)}"


def scheme(place: str, rule: Rule) -> None:
    """Never empty."""

    @check(rule, place, key="scheme")
    def is_something(scope: Event, view: View) -> Iterator[str]:
        if scope["scheme"] == "":
            yield "scheme is empty"


def raw_path(place: str, rule: Rule) -> None:
    """No query in it."""

    @check(rule, place, key="raw_path")
    def has_no_query(scope: Event, view: View) -> Iterator[str]:
        if isinstance(scope["raw_path"], bytes) and b"?" in scope["raw_path"]:
            yield f"raw_path is {scope['raw_path']!r}"


def headers(
    place: str, *, iterable: Rule, name_bytes: Rule, value_bytes: Rule, lowercase: Rule, no_pseudo: Rule
) -> None:
    """Pairs of bytes, the names in lower case and none with a colon in front."""

    @check(iterable, place, key="headers", headers=True)
    def are_pairs(scope: Event, view: View) -> Iterator[str]:
        yield from not_pairs(scope["headers"])

    @check(name_bytes, place, key="headers", headers=True)
    def names_are_bytes(scope: Event, view: View) -> Iterator[str]:
        for name, _ in pairs_of(scope["headers"]):
            if not isinstance(name, bytes):
                yield f"the name {name!r} is {type(name).__name__}, not bytes"

    @check(value_bytes, place, key="headers", headers=True)
    def values_are_bytes(scope: Event, view: View) -> Iterator[str]:
        for name, value in pairs_of(scope["headers"]):
            if not isinstance(value, bytes):
                yield f"the value of {name!r} is {type(value).__name__}, not bytes"

    @check(lowercase, place, key="headers", headers=True)
    def names_are_low(scope: Event, view: View) -> Iterator[str]:
        for name in names_of(scope["headers"]):
            if name != name.lower():
                yield f"{name!r} has capital letters"

    @check(no_pseudo, place, key="headers", headers=True)
    def names_are_plain(scope: Event, view: View) -> Iterator[str]:
        for name in names_of(scope["headers"]):
            if name.startswith(b":"):
                yield f"{name!r} is a pseudo header"


def state(place: str, rule: Rule) -> None:
    """A dict whose keys are str."""

    @check(rule, place, key="state")
    def is_state(scope: Event, view: View) -> Iterator[str]:
        found = scope["state"]
        if not isinstance(found, dict):
            yield typed("state", found, "dict")
        elif not all(isinstance(key, str) for key in found):
            yield "state has keys that are not str"
