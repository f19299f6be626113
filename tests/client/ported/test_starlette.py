"""What Starlette's page on its test client shows, as tasks of our own, with their client and ours."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import (
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from tests.client.ported.clients import BOTH

done: list[str] = []


async def home(request: Request) -> Response:
    return PlainTextResponse("Hello, world!")


async def look(request: Request) -> Response:
    """Everything that came with the request."""
    client = request.client
    return JSONResponse(
        {
            "method": request.method,
            "url": str(request.url),
            "headers": request.headers.getlist("x-token"),
            "authorization": request.headers.get("authorization"),
            "cookies": request.cookies,
            "query": request.query_params.multi_items(),
            "client": None if client is None else [client.host, client.port],
            "root_path": request.scope["root_path"],
            "body": (await request.body()).decode(),
        }
    )


async def upload(request: Request) -> Response:
    async with request.form() as form:
        told = {}
        for name, value in form.multi_items():
            content = value if isinstance(value, str) else (await value.read()).decode()
            told.setdefault(name, []).append([getattr(value, "filename", None), content])
    return JSONResponse(told)


async def fails(request: Request) -> Response:
    raise RuntimeError("no good")


async def count(request: Request) -> Response:
    request.session["visits"] = request.session.get("visits", 0) + 1
    return JSONResponse(request.session["visits"])


async def moved(request: Request) -> Response:
    return RedirectResponse("/look?moved=1", 303)


async def pieces() -> AsyncIterator[str]:
    for number in range(3):
        yield f"piece {number}\n"


async def stream(request: Request) -> Response:
    return StreamingResponse(pieces(), media_type="text/plain")


async def later(request: Request) -> Response:
    async def work() -> None:
        done.append("work")

    return PlainTextResponse("soon", background=BackgroundTask(work))


async def state(request: Request) -> Response:
    return JSONResponse({"colour": request.state.colour})


async def echo(websocket: WebSocket) -> None:
    offered = websocket.scope["subprotocols"]
    await websocket.accept(subprotocol=offered[-1] if offered else None)
    await websocket.send_json(
        {"query": dict(websocket.query_params), "token": websocket.headers.get("x-token")}
    )
    async for text in websocket.iter_text():
        if text == "enough":
            await websocket.close(4001)
            return
        await websocket.send_text(f"you said {text}")


async def binary(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_bytes((await websocket.receive_bytes())[::-1])
    await websocket.send_json(await websocket.receive_json())
    await websocket.close()


async def closed(websocket: WebSocket) -> None:
    await websocket.close(4003)


async def denied(websocket: WebSocket) -> None:
    await websocket.send_denial_response(PlainTextResponse("members only", 402))


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[dict[str, str]]:
    done.append("startup")
    yield {"colour": "blue"}
    done.append("shutdown")


app = Starlette(
    routes=[
        Route("/", home),
        Route("/look", look, methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], name="look"),
        Route("/people/{name}", lambda request: PlainTextResponse(request.path_params["name"])),
        Route("/upload", upload, methods=["POST"]),
        Route("/fails", fails),
        Route("/count", count),
        Route("/moved", moved),
        Route("/stream", stream),
        Route("/later", later),
        Route("/state", state),
        Mount("/sub", routes=[Route("/look", look)]),
        WebSocketRoute("/echo", echo),
        WebSocketRoute("/binary", binary),
        WebSocketRoute("/closed", closed),
        WebSocketRoute("/denied", denied),
    ],
    middleware=[Middleware(SessionMiddleware, secret_key="secret")],
    lifespan=lifespan,
    exception_handlers={HTTPException: lambda request, error: PlainTextResponse("sorry", error.status_code)},
)


@BOTH
def test_a_page(side: Any) -> None:
    with side.client(app) as client:
        response = client.get("/")
    assert (response.status_code, response.text) == (200, "Hello, world!")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


@BOTH
def test_without_a_with_block_the_app_is_served_and_not_started(side: Any) -> None:
    done.clear()
    client = side.client(app)
    assert client.get("/").status_code == 200
    client.close()
    assert done == []


@BOTH
def test_headers_of_the_client_and_of_the_request(side: Any) -> None:
    with side.client(app) as client:
        client.headers = {"x-token": "client's"}
        first = client.get("/look").json()
        second = client.get("/look", headers={"x-token": "request's"}).json()
    assert (first["headers"], second["headers"]) == (["client's"], ["request's"])


@BOTH
def test_path_and_query_parameters(side: Any) -> None:
    with side.client(app) as client:
        name = client.get("/people/G%C3%B6del").text
        query = client.get("/look", params=[("a", "1"), ("a", "2"), ("b", "x y")]).json()["query"]
    assert name == "Gödel"
    assert query == [["a", "1"], ["a", "2"], ["b", "x y"]]


@BOTH
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_methods(side: Any, method: str) -> None:
    with side.client(app) as client:
        assert client.request(method, "/look").json()["method"] == method


@BOTH
def test_json_and_form_and_bytes(side: Any) -> None:
    with side.client(app) as client:
        bodies = [
            client.post("/look", json={"a": [1]}).json()["body"],
            client.post("/look", data={"a": "b c"}).json()["body"],
            client.post("/look", content=b"plain").json()["body"],
        ]
    assert bodies[0].replace(" ", "") == '{"a":[1]}'
    assert bodies[1:] == ["a=b+c", "plain"]


@BOTH
def test_a_file_is_uploaded(side: Any) -> None:
    with side.client(app) as client:
        told = client.post("/upload", files={"file": ("a.txt", b"text of a")}).json()
    assert told == {"file": [["a.txt", "text of a"]]}


@BOTH
def test_several_files_and_a_field(side: Any) -> None:
    files = [("files", ("a.txt", b"a")), ("files", ("b.txt", b"b"))]
    with side.client(app) as client:
        told = client.post("/upload", files=files, data={"title": "two"}).json()
    assert told == {"title": [[None, "two"]], "files": [["a.txt", "a"], ["b.txt", "b"]]}


@BOTH
def test_basic_authentication(side: Any) -> None:
    with side.client(app) as client:
        assert client.get("/look", auth=("me", "pass")).json()["authorization"] == "Basic bWU6cGFzcw=="


@BOTH
def test_an_exception_of_the_app_is_raised(side: Any) -> None:
    with side.client(app) as client, pytest.raises(RuntimeError, match="no good"):
        client.get("/fails")


@BOTH
def test_an_exception_of_the_app_is_a_500_where_that_is_wanted(side: Any) -> None:
    with side.client(app, raise_errors=False) as client:
        response = client.get("/fails")
    assert (response.status_code, response.text) == (500, "Internal Server Error")


@BOTH
def test_not_found_and_not_allowed(side: Any) -> None:
    with side.client(app) as client:
        missing, wrong = client.get("/nowhere"), client.post("/")
    assert (missing.status_code, missing.text, wrong.status_code) == (404, "sorry", 405)


@BOTH
def test_lifespan_runs_around_the_block(side: Any) -> None:
    done.clear()
    with side.client(app) as client:
        assert done == ["startup"]
        assert client.get("/state").json() == {"colour": "blue"}
    assert done == ["startup", "shutdown"]


@BOTH
def test_the_address_of_the_client(side: Any) -> None:
    with side.client(app, client=("192.0.2.7", 8000)) as client:
        assert client.get("/look").json()["client"] == ["192.0.2.7", 8000]


@BOTH
def test_the_url_of_the_server(side: Any) -> None:
    with side.client(app, base_url="https://example.org:8443") as client:
        assert client.get("/look?a=1").json()["url"] == "https://example.org:8443/look?a=1"


@BOTH
def test_a_mounted_app(side: Any) -> None:
    with side.client(app) as client:
        told = client.get("/sub/look").json()
    assert told["root_path"] == "/sub"


@BOTH
def test_cookies_are_kept(side: Any) -> None:
    with side.client(app, cookies={"mine": "1"}) as client:
        assert [client.get("/count").json() for _ in range(3)] == [1, 2, 3]
        assert client.get("/look").json()["cookies"].keys() == {"mine", "session"}
        assert client.cookies["session"]


@BOTH
def test_redirects_are_followed_or_not(side: Any) -> None:
    with side.client(app) as client:
        stays = client.get("/moved")
        goes = client.get("/moved", follow_redirects=True)
    assert (stays.status_code, stays.headers["location"]) == (303, "/look?moved=1")
    assert goes.json()["query"] == [["moved", "1"]]
    assert [one.status_code for one in goes.history] == [303]


@BOTH
def test_a_stream(side: Any) -> None:
    with side.client(app) as client, client.stream("GET", "/stream") as response:
        assert list(response.iter_lines()) == ["piece 0", "piece 1", "piece 2"]


@BOTH
def test_background_work_is_done_when_the_response_is_there(side: Any) -> None:
    with side.client(app) as client:
        done.clear()
        assert client.get("/later").text == "soon"
        assert done == ["work"]


@BOTH
def test_on_trio(side: Any) -> None:
    with side.client(app, backend="trio") as client:
        assert client.get("/state").json() == {"colour": "blue"}


@BOTH
def test_head(side: Any) -> None:
    with side.client(app) as client:
        response = client.head("/")
    assert (response.status_code, response.headers["content-length"], response.content) == (200, "13", b"")


# WebSocket


@BOTH
def test_a_session(side: Any) -> None:
    with side.client(app) as client, side.websocket(client, "/echo?a=1", headers={"x-token": "t"}) as session:
        assert session.receive_json() == {"query": {"a": "1"}, "token": "t"}
        session.send_text("hello")
        assert session.receive_text() == "you said hello"


@BOTH
def test_bytes_and_json(side: Any) -> None:
    with side.client(app) as client, side.websocket(client, "/binary") as session:
        session.send_bytes(b"abc")
        assert session.receive_bytes() == b"cba"
        session.send_json({"a": None})
        assert session.receive_json() == {"a": None}


@BOTH
def test_the_apps_close(side: Any) -> None:
    with side.client(app) as client, side.websocket(client, "/echo") as session:
        session.receive_json()
        with side.ended() as codes:
            session.send_text("enough")
            session.receive_text()
    assert codes == [4001]


@BOTH
def test_subprotocols(side: Any) -> None:
    with side.client(app) as client, side.websocket(client, "/echo", subprotocols=["one", "two"]) as session:
        assert side.subprotocol(session) == "two"


@BOTH
@pytest.mark.parametrize(("path", "told"), [("/closed", (4003, None)), ("/denied", (None, 402))])
def test_a_session_that_is_refused(side: Any, path: str, told: tuple[int | None, int | None]) -> None:
    with side.client(app) as client, pytest.raises(side.refused) as caught, side.websocket(client, path):
        raise AssertionError("it was refused")
    assert side.refusal(caught.value) == told
