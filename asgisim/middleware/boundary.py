"""Watchers around and below a middleware: what each side was given and gave, as traces of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgisim.model import codec
from asgisim.model import trace as t
from asgisim.model.trace import Step, Trace
from asgisim.space.scopes import fresh

App = Callable[[Any, Any, Any], Awaitable[Any]]
# The keys that the specification gives a scope (HTTP and WebSocket connection scopes, lifespan scope).
KEYS = (
    *("type", "asgi", "http_version", "method", "scheme", "path", "raw_path", "query_string", "root_path"),
    *("headers", "client", "server", "subprotocols", "extensions"),
)


# An app that is given events without end must not fill the memory with them.
MOST_STEPS = 2000


class Below:
    """The inner app under watch: each call of it becomes a trace, as its server the middleware is seen."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.calls: list[Trace] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        trace = Trace([Step(t.SCOPE, _copy(scope))])
        self.calls.append(trace)
        steps = trace.steps

        def keep(kind: str, data: Any) -> None:
            if len(steps) < MOST_STEPS:
                steps.append(Step(kind, data))

        async def watched_receive() -> Any:
            event = await receive()
            if _leaves(event) and not _complete(trace):
                keep(t.LEFT, "closed")
            keep(t.RECEIVE, _copy(event))
            return event

        async def watched_send(event: Any) -> None:
            keep(t.SEND, _copy(event))
            try:
                await send(_walkable_once(event))
            except OSError:
                keep(t.LEFT, "lost")
                raise

        try:
            value = await self.app(scope, watched_receive, watched_send)
        except BaseException as error:
            own = isinstance(error, OSError)
            steps.append(
                Step(t.RAISE, {"type": type(error).__name__, "text": str(error), "own": own, "where": []})
            )
            raise
        keep(t.RETURN, value)
        return value


class Above:
    """Around the middleware: whether the scope that it was handed is the same when it is done."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.changed: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        before = {key: _copy(scope[key]) for key in KEYS if key in scope}
        try:
            return await self.app(scope, receive, send)
        finally:
            for key in KEYS:
                if (key in scope) != (key in before) or _listed(scope.get(key)) != _listed(before.get(key)):
                    self.changed.append(key)


def has_failed(calls: list[Trace]) -> bool:
    """Whether an app has said in one of its calls that its startup failed."""
    return any(_says_failed(trace) for trace in calls)


def _says_failed(trace: Trace) -> bool:
    sent = (step.data for step in trace.steps if step.kind == t.SEND and isinstance(step.data, dict))
    return any(event.get("type") == "lifespan.startup.failed" for event in sent)


def offers(call: Trace, needs: tuple[str, ...]) -> bool:
    """Whether the scope of a connection lists all these extensions."""
    scope = call.steps[0].data
    if not isinstance(scope, dict) or scope.get("type") == "lifespan":
        return True
    listed = scope.get("extensions")
    return not needs or (isinstance(listed, dict) and set(needs) <= set(listed))


def served_unstarted(calls: list[Trace]) -> bool:
    """Whether an app was called for a request after it had said that its startup failed."""
    failed = False
    for trace in calls:
        kind = trace.steps[0].data.get("type") if isinstance(trace.steps[0].data, dict) else None
        if kind != "lifespan" and failed:
            return True
        failed = failed or _says_failed(trace)
    return False


def _copy(value: Any) -> Any:
    """A copy that later changes do not reach; what is no plain container is left as it is."""
    return fresh(value) if type(value) in (dict, list, tuple) else value


def _listed(value: Any) -> Any:
    """The same with lists for tuples, which say the same."""
    return [_listed(item) for item in value] if isinstance(value, list | tuple) else value


def _leaves(event: Any) -> bool:
    return isinstance(event, dict) and str(event.get("type")).endswith(".disconnect")


def _complete(trace: Trace) -> bool:
    """Whether the app has said its last word."""
    for step in reversed(trace.steps):
        if step.kind == t.SEND and isinstance(step.data, dict):
            kind = str(step.data.get("type"))
            if kind.endswith("response.body"):
                return not step.data.get("more_body", False)
            return kind == "websocket.close"
    return False


def _walkable_once(event: Any) -> Any:
    """The event with iterators for what can be walked once: whoever walks one has used it up for all."""
    if type(event) is not dict or not any(type(item) is codec.OneShot for item in event.values()):
        return event
    return {key: iter(item) if type(item) is codec.OneShot else item for key, item in event.items()}


def once(items: list[Any]) -> codec.OneShot:
    """Headers that can be walked once, as a generator's."""
    return codec.OneShot(list(items))
