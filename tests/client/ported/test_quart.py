"""What Quart's pages on testing show, as tasks of our own, with its test client and ours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from quart import Quart, abort, jsonify, redirect, request, session, url_for, websocket
from quart.datastructures import FileStorage

import asgisim
from asgisim.client import WebSocketRefused

pytestmark = [pytest.mark.anyio]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


app = Quart(__name__)
app.secret_key = "secret"
done: list[str] = []


@app.before_serving
async def start() -> None:
    done.append("startup")


@app.after_serving
async def stop() -> None:
    done.append("shutdown")


@app.get("/")
async def home() -> str:
    return "hello"


@app.route("/look", methods=["GET", "POST", "PUT"])
async def look() -> Any:
    form = await request.form
    return jsonify(
        method=request.method,
        args=request.args.to_dict(),
        form=form.to_dict(),
        json=await request.get_json() if request.is_json else None,
        token=request.headers.get("x-token"),
    )


@app.get("/count")
async def count() -> Any:
    session["visits"] = session.get("visits", 0) + 1
    return jsonify(session["visits"])


@app.get("/moved")
async def moved() -> Any:
    return redirect(url_for("home"))


@app.get("/teapot")
async def teapot() -> Any:
    abort(418)


@app.get("/stream")
async def stream() -> Any:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    return pieces(), 200, {"x-piece": "2"}


@app.post("/upload")
async def upload() -> Any:
    file = (await request.files)["file"]
    return jsonify(name=file.filename, content=file.read().decode())


@app.websocket("/ws")
async def echo() -> None:
    await websocket.accept()
    while True:
        await websocket.send(await websocket.receive())


@app.websocket("/closed")
async def closed() -> Any:
    return "members only", 403


class Answer:
    """Status, headers and body of a response, whoever brought it."""

    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body


class Theirs:
    """Quart's own client, with the app started as its docs have it."""

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Any]:
        async with app.test_app() as running:
            yield running.test_client()

    async def ask(self, client: Any, method: str, path: str, **options: Any) -> Answer:
        if "file" in options:
            name, content = options.pop("file")
            import io

            options["files"] = {"file": FileStorage(io.BytesIO(content), filename=name)}
        if "params" in options:
            options["query_string"] = options.pop("params")
        if "data" in options:
            options["form"] = options.pop("data")
        response = await client.open(path, method=method, **options)
        return Answer(response.status_code, response.headers, await response.get_data(as_text=False))

    @asynccontextmanager
    async def websocket(self, client: Any, path: str) -> AsyncIterator[Any]:
        async with client.websocket(path) as opened:
            yield opened

    async def refused(self, client: Any, path: str) -> int:
        from quart.testing import WebsocketResponseError

        with pytest.raises(WebsocketResponseError) as caught:
            async with client.websocket(path) as opened:
                await opened.receive()
        status: int = caught.value.response.status_code
        return status


class Ours:
    """asgisim's client."""

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Any]:
        async with asgisim.Client(app) as client:
            yield client

    async def ask(self, client: Any, method: str, path: str, **options: Any) -> Answer:
        if "file" in options:
            options["files"] = {"file": options.pop("file")}
        response = await client.request(method, path, **options)
        return Answer(response.status_code, response.headers, response.content)

    @asynccontextmanager
    async def websocket(self, client: Any, path: str) -> AsyncIterator[Any]:
        async with client.websocket(path) as opened:
            yield opened

    async def refused(self, client: Any, path: str) -> int:
        with pytest.raises(WebSocketRefused) as caught:
            async with client.websocket(path):
                pass
        return caught.value.response.status_code


BOTH = pytest.mark.parametrize("side", [Theirs(), Ours()], ids=["theirs", "ours"])


def json_of(answer: Answer) -> Any:
    import json

    return json.loads(answer.body)


@BOTH
async def test_a_page(side: Any) -> None:
    async with side.client() as client:
        answer = await side.ask(client, "GET", "/")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (
        200,
        b"hello",
        "text/html; charset=utf-8",
    )


@BOTH
async def test_startup_and_shutdown(side: Any) -> None:
    done.clear()
    async with side.client():
        assert done == ["startup"]
    assert done == ["startup", "shutdown"]


@BOTH
async def test_json(side: Any) -> None:
    async with side.client() as client:
        told = json_of(await side.ask(client, "POST", "/look", json={"a": [1, None]}))
    assert (told["method"], told["json"]) == ("POST", {"a": [1, None]})


@BOTH
async def test_form_query_and_headers(side: Any) -> None:
    async with side.client() as client:
        answer = await side.ask(
            client, "PUT", "/look", data={"a": "b c"}, params={"q": "x y"}, headers={"x-token": "t"}
        )
    told = json_of(answer)
    assert (told["method"], told["form"], told["args"], told["token"]) == (
        "PUT",
        {"a": "b c"},
        {"q": "x y"},
        "t",
    )


@BOTH
async def test_cookies_are_kept(side: Any) -> None:
    async with side.client() as client:
        assert [json_of(await side.ask(client, "GET", "/count")) for _ in range(3)] == [1, 2, 3]


@BOTH
async def test_redirects_are_not_followed(side: Any) -> None:
    async with side.client() as client:
        answer = await side.ask(client, "GET", "/moved")
    assert (answer.status, answer.headers["location"]) == (302, "/")


@BOTH
async def test_redirects_are_followed(side: Any) -> None:
    async with side.client() as client:
        answer = await side.ask(client, "GET", "/moved", follow_redirects=True)
    assert (answer.status, answer.body) == (200, b"hello")


@BOTH
async def test_errors(side: Any) -> None:
    async with side.client() as client:
        statuses = [
            (await side.ask(client, *one)).status
            for one in (("GET", "/teapot"), ("GET", "/x"), ("POST", "/"))
        ]
    assert statuses == [418, 404, 405]


@BOTH
async def test_a_stream(side: Any) -> None:
    async with side.client() as client:
        answer = await side.ask(client, "GET", "/stream")
    assert (answer.body, answer.headers["x-piece"]) == (b"one two", "2")


@BOTH
async def test_a_file(side: Any) -> None:
    async with side.client() as client:
        told = json_of(await side.ask(client, "POST", "/upload", file=("a.txt", b"text of a")))
    assert told == {"name": "a.txt", "content": "text of a"}


@BOTH
async def test_a_session(side: Any) -> None:
    async with side.client() as client, side.websocket(client, "/ws") as opened:
        await opened.send("hello")
        assert await opened.receive() == "hello"
        await opened.send(b"\x00")
        assert await opened.receive() == b"\x00"


@BOTH
async def test_a_session_that_is_refused(side: Any) -> None:
    async with side.client() as client:
        assert await side.refused(client, "/closed") == 403
