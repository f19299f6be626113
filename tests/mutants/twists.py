"""How a mutant is made: the reference app, and a twist on what it sends or on what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from asgisim.reference.app import app as reference
from asgisim.reference.app import local_path, offers

App = Callable[[Any, Any, Any], Any]
Twist = Callable[[App], App]


@dataclass(frozen=True)
class Mutant:
    """One rule, the path of the reference app on which it is broken, and the twist that breaks it."""

    rule: str
    path: str
    twist: Twist
    method: str = "POST"

    @property
    def protocol(self) -> str:
        head = self.rule.split(".")[0]
        if self.path.startswith("ws:"):
            return "websocket"
        return head if head in ("websocket", "lifespan") and not self.path.startswith("http:") else "http"

    @property
    def route(self) -> str:
        return self.path.split(":", 1)[-1]

    def app(self) -> App:
        """The reference app, twisted for the mutant's protocol and path alone."""
        twisted = self.twist(reference)

        async def mutant(scope: Any, receive: Any, send: Any) -> Any:
            kind = scope["type"]
            elsewhere = kind in ("http", "websocket", "lifespan") and kind != self.protocol
            if elsewhere or (kind in ("http", "websocket") and local_path(scope) != self.route):
                return await reference(scope, receive, send)
            return await twisted(scope, receive, send)

        return mutant


def events(kind: str, change: Callable[[dict[str, Any]], Iterable[Any]]) -> Twist:
    """Each event of this type that the app sends is replaced by what `change` makes of it."""

    def twist(app: App) -> App:
        async def mutant(scope: Any, receive: Any, send: Any) -> None:
            async def changed(event: dict[str, Any]) -> None:
                for one in change(event) if event["type"] == kind else [event]:
                    await send(one)

            await app(scope, receive, changed)

        return mutant

    return twist


def put(kind: str, **fields: Any) -> Twist:
    return events(kind, lambda event: [{**event, **fields}])


def without(kind: str, key: str) -> Twist:
    return events(kind, lambda event: [{name: value for name, value in event.items() if name != key}])


def header(kind: str, name: Any, value: Any) -> Twist:
    return events(kind, lambda event: [{**event, "headers": [*event.get("headers", ()), (name, value)]}])


def offered(extension: str, twist: Twist, *, is_offered: bool = True) -> Twist:
    """The twist, only where the server offers the extension (or only where it does not)."""

    def choose(app: App) -> App:
        twisted = twist(app)

        async def mutant(scope: Any, receive: Any, send: Any) -> None:
            fits = offers(scope, extension) == is_offered
            await (twisted if fits else app)(scope, receive, send)

        return mutant

    return choose


def twice(kind: str) -> Twist:
    return events(kind, lambda event: [event, dict(event)])


def drop(kind: str, when: Callable[[dict[str, Any]], bool] = lambda event: True) -> Twist:
    return events(kind, lambda event: [] if when(event) else [event])


def before(kind: str, *extra: Any) -> Twist:
    return events(kind, lambda event: [*extra, event])


def after(kind: str, *extra: Any) -> Twist:
    return events(kind, lambda event: [event, *extra])


def instead(handler: App, *kinds: str) -> Twist:
    """The handler takes the place of the reference app for these scope types."""

    def twist(app: App) -> App:
        async def mutant(scope: Any, receive: Any, send: Any) -> Any:
            return await (handler if scope["type"] in kinds else app)(scope, receive, send)

        return mutant

    return twist


def first(action: Callable[[Any], Any], *kinds: str) -> Twist:
    """Something is done with the scope before the reference app gets it."""

    def twist(app: App) -> App:
        async def mutant(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] in kinds:
                action(scope)
            await app(scope, receive, send)

        return mutant

    return twist


def seeing(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Twist:
    """The reference app sees each received event as `change` makes it."""

    def twist(app: App) -> App:
        async def mutant(scope: Any, receive: Any, send: Any) -> None:
            async def changed() -> dict[str, Any]:
                return change(await receive())

            await app(scope, changed, send)

        return mutant

    return twist
