"""Routes: from the tables of the frameworks that are installed, and from OpenAPI."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from typing import Any

import pytest

from asgisim import files
from asgisim.space import Route
from asgisim.target import routes


@pytest.mark.parametrize(
    ("path", "filled"),
    [
        ("/plain", "/plain"),
        ("no/slash", "/no/slash"),
        ("/a/{id}", "/a/1"),
        ("/a/{id:int}/b", "/a/1/b"),
        ("/a/{rest:path}", "/a/a/b"),
        ("/a/{id:uuid}", "/a/12345678-1234-5678-1234-567812345678"),
        ("/a/{x:dt('%Y')}", "/a/2024-01-02T03:04:05Z"),
        ("/a/<id>", "/a/1"),
        ("/a/<int:id>", "/a/1"),
        ("/a/<id:int>", "/a/1"),
        ("/a/<slug:name>/<str:b>", "/a/a-b/1"),
        ("/a/<int(min=2):id>", "/a/1"),
        ("/a/<path:filename>", "/a/a/b"),
    ],
)
def test_parameters_are_filled_in(path: str, filled: str) -> None:
    assert routes.fill(path) == filled


@pytest.mark.parametrize(
    ("regex", "path"),
    [(r"^items/(?P<id>[0-9]+)/$", "items/1/"), (r"a\.b", "a.b"), (r"^x/\d+$", "x/1")],
)
def test_simple_regular_expressions_become_paths(regex: str, path: str) -> None:
    assert routes._from_regex(regex) == path


DOCUMENT: dict[str, Any] = {
    "paths": {
        "/items/{item}": {
            "parameters": [{"name": "item", "in": "path", "schema": {"type": "string", "format": "uuid"}}],
            "get": {},
            "head": {},
        },
        "/kinds/{kind}/{n}": {
            "post": {
                "parameters": [
                    {"$ref": "#/components/parameters/kind"},
                    {"name": "n", "in": "path", "schema": {"type": "integer", "minimum": 7}},
                    {"name": "q", "in": "query", "schema": {"type": "string"}},
                ]
            }
        },
    },
    "components": {
        "parameters": {"kind": {"name": "kind", "in": "path", "schema": {"enum": ["big one", "small"]}}}
    },
}


def test_openapi_documents() -> None:
    expected = [
        Route("GET", "/items/12345678-1234-5678-1234-567812345678"),
        Route("POST", "/kinds/big%20one/7"),
    ]
    assert list(routes.from_openapi(DOCUMENT)) == expected
    body = json.dumps(DOCUMENT).encode()
    assert routes.discover(object(), lambda path: body if path == "/openapi.json" else None) == expected


def discovered(body: bytes) -> list[Route]:
    return routes.discover(object(), lambda path: body)


@pytest.mark.parametrize(
    "body",
    [
        b"not JSON",
        b"\xff\xfe",
        b"[" * 1_000_000,
        b'{"paths": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b'{"paths": {"/a": {"get": ' + b"9" * 100_000 + b"}}}",
        b'{"paths": {"/a": {"get": NaN}}}',
        b" " * (files.SIZE_MAX + 1),
        b'["paths"]',
        b'{"paths": [1]}',
        b'{"paths": {"/a": 1, "/b": null, "/c": []}}',
        b'{"paths": {"/' + b"<a(" * 100_000 + b'": {"get": {}}}}',
    ],
    ids=lambda body: f"{body[:12]!r}-{len(body)}",
)
def test_what_is_no_openapi_document_is_passed_over(body: bytes) -> None:
    assert discovered(body) == []


@pytest.mark.parametrize(
    "parameters",
    [
        1,
        [3],
        ["x"],
        [{"in": "path"}],
        [{"in": "path", "name": "a", "schema": {"minimum": 1e308, "type": "integer"}}],
        [{"in": "path", "name": "a", "schema": {"enum": 7}}],
        [{"in": "path", "name": [], "schema": {}}],
        [{"$ref": "#/paths/nowhere"}],
        [{"$ref": "#/paths"}],
        [{"in": "path", "name": "a", "example": "x" * 100_000}],
    ],
    ids=lambda given: repr(given)[:40],
)
def test_odd_parameters_do_not_cost_the_path(parameters: Any) -> None:
    document = {"paths": {"/a/{a}": {"get": {"parameters": parameters}}, "/b": {"get": {}}}}
    found = discovered(json.dumps(document).encode())
    assert [route.path[:4] for route in found] == [found[0].path[:4], "/b"]
    assert found[0].path.startswith("/a/")
    assert len(found[0].path) < 1_000


def test_a_document_of_many_paths_is_cut() -> None:
    document = {"paths": {f"/{number}": {"get": {}} for number in range(50_000)}}
    assert len(discovered(json.dumps(document).encode())) == routes.ROUTES_MAX


@pytest.mark.parametrize("body", [None, b"", b"no json", b"[]"])
def test_no_document_is_no_route(body: bytes | None) -> None:
    assert routes.discover(object(), lambda path: body) == []


def test_an_app_whose_table_raises_has_no_routes() -> None:
    Starlette = type("Starlette", (), {"__module__": "starlette.applications"})
    assert routes.discover(Starlette()) == []


FRAMEWORKS = ["starlette", "fastapi", "django", "quart", "litestar", "blacksheep", "falcon", "sanic"]


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_table_of_each_framework(name: str) -> None:
    pytest.importorskip(name)
    # In a process of its own: some frameworks keep one table for all apps, and other tests have used it.
    code = f"""
from asgisim import files
from asgisim.target import routes
from asgisim.frameworks.{name}_app import app
for route in routes.discover(app):
    print(route.protocol, route.method, route.path)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = done.stdout.splitlines()
    assert {"http GET /health", "http POST /echo", "websocket GET /ws/echo"} <= set(found)
    assert not [route for route in found if set(route) & set("{}<>")]


def test_tables_are_found_through_middlewares_and_mounts() -> None:
    pytest.importorskip("starlette")
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Mount, WebSocketRoute
    from starlette.routing import Route as Endpoint

    def end(request: Any) -> Response:
        return Response()

    inner = Starlette(routes=[Endpoint("/b/{n:int}", end, methods=["PUT"])])
    outer = Starlette(routes=[Mount("/a/{x}", inner), WebSocketRoute("/ws", end), Mount("/files", app=end)])

    class Middleware:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...

    assert routes.discover(Middleware(Middleware(outer))) == [
        Route("PUT", "/a/1/b/1"),
        Route("GET", "/ws", "websocket"),
        Route("GET", "/files/"),
    ]


def test_fastapi_parameters_have_the_types_of_the_handlers() -> None:
    fastapi = pytest.importorskip("fastapi")
    app = fastapi.FastAPI()

    @app.get("/x/{key}/{n}")
    def x(key: uuid.UUID, n: float) -> None: ...

    assert routes.discover(app) == [Route("GET", "/x/12345678-1234-5678-1234-567812345678/1.5")]


def test_an_engine_io_endpoint_is_asked_as_its_clients_ask() -> None:
    class ASGIApp:  # as in engineio.async_drivers.asgi
        engineio_path = "/engine.io/"
        other_asgi_app: Any = None

    ASGIApp.__module__ = "engineio.async_drivers.asgi"
    assert routes.discover(ASGIApp()) == [
        Route("GET", "/engine.io/?EIO=4&transport=polling", "http"),
        Route("GET", "/engine.io/?EIO=4&transport=websocket", "websocket"),
    ]
