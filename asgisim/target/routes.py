"""What an app answers to: from its framework's own table, or from its OpenAPI document.

Parameters of paths are filled in with values that their converters accept. Nothing of a framework is
imported: only objects that are there are looked at, so this also runs in foreign environments.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import quote

from asgisim import files
from asgisim.space import Route

ROUTES_MAX = 200
PATH_MAX = 1_000  # characters: what is longer was not written by a person, and is left out
_VALUE_MAX = 200  # characters of an example for a parameter
_DEPTH_MAX = 12
_INNER = ("app", "application", "_app", "asgi_app", "inner", "_application")  # what middlewares keep
_UUID = "12345678-1234-5678-1234-567812345678"
_VALUES = {
    "int": "1",
    "integer": "1",
    "number": "1.5",
    "float": "1.5",
    "decimal": "1.5",
    "uuid": _UUID,
    "path": "a/b",
    "slug": "a-b",
    "string": "1",
    "str": "1",
    "bool": "true",
    "boolean": "true",
    "date": "2024-01-02",
    "ymd": "2024-01-02",
    "datetime": "2024-01-02T03:04:05",
    "date-time": "2024-01-02T03:04:05",
    "dt": "2024-01-02T03:04:05Z",
    "time": "03:04:05",
    "timedelta": "60",
    "alpha": "a",
    "email": "a@example.org",
    "ipv4": "127.0.0.1",
}
_DOCUMENTATION = frozenset(["/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"])
# {name}, {name:converter}, <name>, <converter:name>, <name:converter>, <converter(args):name>
_CURLY = re.compile(r"\{\*?([A-Za-z_]\w*)?(?::([A-Za-z_-]+)[^{}]*)?\}")
_ANGLE = re.compile(r"<(?:([A-Za-z_][\w-]*)(?:\([^()]*\))?:)?([A-Za-z_][\w-]*)(?:\([^()]*\))?\??>")
_SILENT = frozenset(["HEAD", "OPTIONS", "TRACE"])  # most frameworks add them by themselves
Fetch = Callable[[str], "bytes | None"]


def discover(app: Any, fetch: Fetch | None = None) -> list[Route]:
    """The routes of an app, without duplicates, at most ROUTES_MAX; empty if none can be found out.

    fetch: gives the body of a 200 answer to a GET of a path, for ``/openapi.json``. No error of the app
    or its framework gets out.
    """
    found = _safely(_tables, app)
    if not found and fetch is not None:
        found = _safely(_fetched, fetch)
    return list(dict.fromkeys(found))[:ROUTES_MAX]


def _safely(source: Callable[[Any], Iterable[Route]], argument: Any) -> list[Route]:
    found: list[Route] = []
    try:
        found.extend(islice(source(argument), 10 * ROUTES_MAX))  # there may be twins among them
    except Exception:  # an unknown version of a framework: what was found until then is still right
        pass
    return found


def fill(path: str, value: Callable[[str], str | None] = lambda name: None) -> str:
    """A path with its parameters filled in: ``/a/{id:int}`` and ``/a/<int:id>`` give ``/a/1``."""
    path = _CURLY.sub(lambda match: value(match[1] or "") or _plausible(match[1] or "", match[2] or ""), path)

    def angle(match: re.Match[str]) -> str:
        left, right = match[1] or "", match[2]
        # Sanic writes the name first, all others the converter.
        name, converter = (
            (left, right) if right in _VALUES and left not in _VALUES and left else (right, left)
        )
        return value(name) or _plausible(name, converter)

    path = _ANGLE.sub(angle, path)
    return path if path.startswith("/") else f"/{path}"


def _plausible(name: str, converter: str) -> str:
    return _VALUES.get(converter.lower().removeprefix("str"), "") or _VALUES.get(converter.lower(), "1")


def _routes(path: str, methods: Iterable[Any] | None, protocol: str = "http") -> Iterator[Route]:
    if protocol == "websocket":
        yield Route("GET", path, "websocket")
        return
    names = sorted({str(method).upper() for method in methods or ["GET"]})
    telling = [name for name in names if name not in _SILENT] or names
    # GET first: it is what a person would try.
    yield from (Route(name, path, "http") for name in sorted(telling, key=lambda name: (name != "GET", name)))


def _tables(app: Any, prefix: str = "", depth: int = 0) -> Iterator[Route]:
    """Look at the app, and through the middlewares around it."""
    seen: set[int] = set()
    while app is not None and id(app) not in seen and depth < _DEPTH_MAX:
        seen.add(id(app))
        for knows, table in _TABLES:
            if knows(app):
                yield from table(app, prefix, depth)
                return
        inner = [getattr(app, name, None) for name in _INNER]
        app = next((one for one in inner if callable(one) and not isinstance(one, type)), None)


def _of(*names: str) -> Callable[[Any], bool]:
    """Whether an app is an instance of a class with one of these names, ``package.Class``."""
    wanted = [tuple(name.split(".")) for name in names]

    def knows(app: Any) -> bool:
        classes = [(cls.__module__.split(".")[0], cls.__name__) for cls in type(app).__mro__]
        return any(one in classes for one in wanted)

    return knows


def _starlette(app: Any, prefix: str, depth: int) -> Iterator[Route]:
    value = _openapi_values(app)
    for route in app.routes:
        path = prefix + getattr(route, "path", "")
        if path in _DOCUMENTATION:
            continue
        kind = type(route).__name__
        if hasattr(route, "methods"):
            yield from _routes(fill(path, lambda name, path=path: value(path, name)), route.methods)  # type: ignore[misc]
        elif "WebSocket" in kind:
            yield from _routes(fill(path), None, "websocket")
        elif hasattr(route, "app") and depth < _DEPTH_MAX:  # Mount or Host
            under = prefix if kind == "Host" else fill(path).rstrip("/")
            inner = list(_tables(route.app, under, depth + 1))
            yield from inner or _routes(f"{under}/", ["GET"])


def _openapi_values(app: Any) -> Callable[[str, str], str | None]:
    """For FastAPI, whose converters stand in the handlers' signatures: values by path and parameter."""
    known: dict[tuple[str, str], str] = {}
    if hasattr(app, "openapi"):
        try:
            document = app.openapi()
            for path, item in document.get("paths", {}).items():
                known.update({(path, name): one for name, one in _parameters(item, document).items()})
        except Exception:  # the app's own business: its document is not what is tested here
            known = {}
    return lambda path, name: known.get((path, name))


def _litestar(app: Any, prefix: str, depth: int) -> Iterator[Route]:
    config = getattr(app, "openapi_config", None)
    documents = str(getattr(config, "path", None) or "/schema") if config else None
    for route in app.routes:
        if documents and (route.path == documents or route.path.startswith(f"{documents}/")):
            continue
        if "WebSocket" in type(route).__name__:
            yield from _routes(prefix + fill(route.path), None, "websocket")
        else:
            yield from _routes(prefix + fill(route.path), getattr(route, "methods", None))


def _werkzeug(app: Any, prefix: str, depth: int) -> Iterator[Route]:
    for one in app.url_map.iter_rules():
        protocol = "websocket" if getattr(one, "websocket", False) else "http"
        yield from _routes(prefix + fill(one.rule), one.methods, protocol)


def _blacksheep(app: Any, prefix: str, depth: int) -> Iterator[Route]:
    router = app.router
    pairs = [(method, route.pattern) for method, routes in router.routes.items() for route in routes]
    # Until the application starts, routes are only registered.
    pairs += [(method, route.pattern) for method, route in getattr(router, "registered_routes", None) or ()]
    for method, pattern in pairs:
        name, path = _as_text(method), _as_text(pattern)
        path = prefix + fill(path if "{" in path else re.sub(r":([A-Za-z_]\w*)", r"{\1}", path))
        yield from _routes(path, None, "websocket") if name == "GET_WS" else _routes(path, [name])


def _as_text(value: Any) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _falcon(app: Any, prefix: str, depth: int) -> Iterator[Route]:
    def walk(nodes: Iterable[Any]) -> Iterator[Route]:
        for node in nodes:
            template = getattr(node, "uri_template", None)
            if template:
                methods = set(node.method_map or ())
                real = {name for name in methods if not _refuses(node.method_map[name])}
                if "WEBSOCKET" in real:
                    yield from _routes(prefix + fill(template), None, "websocket")
                if real - {"WEBSOCKET", "OPTIONS"}:
                    yield from _routes(prefix + fill(template), real - {"WEBSOCKET"})
            yield from walk(node.children)

    yield from walk(app._router._roots)


def _refuses(responder: Any) -> bool:
    """Falcon fills the methods that a resource does not have with responders of its own."""
    return getattr(responder, "__module__", "").startswith("falcon.")


def _sanic(app: Any, prefix: str, depth: int) -> Iterator[Route]:
    for route in app.router.routes:
        extra = getattr(route, "extra", None)
        handler = getattr(route, "handler", None)
        socket = getattr(extra, "websocket", False) or "websocket" in repr(getattr(handler, "func", ""))
        path = prefix + fill("/" + str(route.path).lstrip("/"))
        yield from _routes(path, route.methods, "websocket" if socket else "http")


def _django(app: Any, prefix: str, depth: int) -> Iterator[Route]:
    urls = sys.modules.get("django.urls")
    if urls is not None:
        for path in _django_paths(urls.get_resolver().url_patterns, "/"):
            yield from _routes(prefix + path, ["GET", "POST"])


def _django_paths(patterns: Iterable[Any], before: str) -> Iterator[str]:
    for one in patterns:
        path = before + _django_path(one.pattern)
        if hasattr(one, "url_patterns"):
            yield from _django_paths(one.url_patterns, path)
        else:
            yield fill(path)


def _django_path(pattern: Any) -> str:
    text = str(pattern)
    if type(pattern).__name__ == "RoutePattern":
        return text
    return _from_regex(text)


def _from_regex(text: str) -> str:
    """A path that a simple regular expression matches; groups become ``1``."""
    text = text.lstrip("^").removesuffix("$").removesuffix("\\Z")
    text = re.sub(r"\((?:\?P<\w+>)?[^()]*\)\??", "1", text)
    text = re.sub(r"\[[^\]]*\][+*?]?|\\[dw][+*?]?|\.[+*]", "1", text)
    return re.sub(r"\\(.)|[?^$]", r"\1", text)


def _channels(app: Any, prefix: str, depth: int) -> Iterator[Route]:
    for protocol, inner in app.application_mapping.items():
        found = list(_tables(inner, prefix, depth + 1))
        yield from found or (
            _routes(f"{prefix}/", ["GET"], protocol) if protocol in ("http", "websocket") else ()
        )


def _url_router(app: Any, prefix: str, depth: int) -> Iterator[Route]:
    for one in app.routes:
        path = prefix + fill("/" + _django_path(one.pattern).lstrip("/"))
        inner = getattr(one, "callback", None)
        if _of("channels.URLRouter")(inner):
            yield from _url_router(inner, path.rstrip("/"), depth + 1)
        else:
            yield from _routes(path, None, "websocket")


def _engineio(app: Any, prefix: str, depth: int) -> Iterator[Route]:
    """Engine.IO and Socket.IO: their endpoint with the query that every client sends, then the app behind."""
    path = f"{prefix}{app.engineio_path or '/'}"
    yield Route("GET", f"{path}?EIO=4&transport=polling", "http")
    yield Route("GET", f"{path}?EIO=4&transport=websocket", "websocket")
    if app.engineio_path is not None and app.other_asgi_app is not None:
        yield from _tables(app.other_asgi_app, prefix, depth + 1)


def _fetched(fetch: Fetch) -> Iterator[Route]:
    body = fetch("/openapi.json")
    if body and len(body) <= files.SIZE_MAX:
        yield from from_openapi(files.from_json(body.decode("utf-8-sig")))


def from_openapi(document: Any) -> Iterator[Route]:
    """The operations of an OpenAPI document, with examples, enums and formats of parameters used.

    What is no such document, or no such part of one, is passed over.
    """
    paths = document.get("paths") if isinstance(document, dict) else None
    for path, item in paths.items() if isinstance(paths, dict) else ():
        if not isinstance(item, dict) or len(path) > PATH_MAX:
            continue
        try:
            values = _parameters(item, document)
        except (TypeError, ValueError, LookupError, AttributeError, OverflowError):
            values = {}  # odd parameters are no reason to leave the path out
        methods = [
            name for name in item if name in ("get", "post", "put", "patch", "delete", "head", "options")
        ]
        yield from _routes(fill(path, values.get), methods)


def _parameters(item: Any, document: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    operations = [one for one in item.values() if isinstance(one, dict)]
    for parameter in [
        *item.get("parameters", ()),
        *(p for one in operations for p in one.get("parameters", ())),
    ]:
        parameter = _resolved(parameter, document)
        if parameter.get("in") != "path":
            continue
        schema = _resolved(parameter.get("schema", {}), document)
        value = parameter.get("example", schema.get("example", schema.get("default")))
        if value is None:
            value = next(iter([*schema.get("examples", ()), *schema.get("enum", ())]), None)
        if value is None:
            value = _VALUES.get(schema.get("format", "")) or _VALUES.get(schema.get("type", "string"), "1")
            value = max(int(schema.get("minimum", 1)), 1) if schema.get("type") == "integer" else value
        found[parameter["name"]] = quote(str(value)[:_VALUE_MAX], safe="/:@-._~")
    return found


def _resolved(value: Any, document: Any) -> Any:
    reference = value.get("$ref")
    for part in reference.split("/")[1:] if isinstance(reference, str) else ():
        value, document = document[part], document[part]
    return value


_TABLES: tuple[tuple[Callable[[Any], bool], Callable[[Any, str, int], Iterator[Route]]], ...] = (
    (_of("starlette.Starlette", "starlette.Router", "fastapi.FastAPI"), _starlette),
    (_of("litestar.Litestar"), _litestar),
    (_of("quart.Quart"), _werkzeug),
    (_of("blacksheep.Application"), _blacksheep),
    (_of("falcon.App"), _falcon),
    (_of("sanic.Sanic"), _sanic),
    (_of("channels.ProtocolTypeRouter"), _channels),
    (_of("channels.URLRouter"), _url_router),
    (_of("django.ASGIHandler"), _django),
    (_of("engineio.ASGIApp"), _engineio),
)
