"""Behaviours and values that mutants of several protocols have in common."""

from __future__ import annotations

from typing import Any

from tests.mutants.twists import Twist, first

START, BODY = "http.response.start", "http.response.body"
ACCEPT, SEND, CLOSE = "websocket.accept", "websocket.send", "websocket.close"
HTTP = ("http",)
WS = ("websocket",)
OK = {"type": START, "status": 200, "headers": []}


def reads(key: str, *kinds: str) -> Twist:
    return first(lambda scope: scope[key], *kinds)


def spec_version(scope: Any) -> None:
    scope["asgi"]["spec_version"].split(".")
