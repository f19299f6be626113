"""What FastAPI's pages on testing show, as tasks of our own, with their client and ours."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, Header, HTTPException, UploadFile, WebSocket
from pydantic import BaseModel

import asgisim
from tests.client.ported.clients import BOTH


class Item(BaseModel):
    id: str
    title: str


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    items.update(a=Item(id="a", title="first"))
    yield
    items.clear()


items: dict[str, Item] = {}
app = FastAPI(lifespan=lifespan)


async def page_size() -> int:
    return 10


def database() -> Iterator[str]:
    opened.append("open")
    yield "the database"
    opened.append("closed")


opened: list[str] = []


@app.get("/")
async def home() -> dict[str, str]:
    return {"msg": "Hello"}


@app.get("/items/{key}")
async def read(key: str, x_token: Annotated[str, Header()]) -> Item:
    if x_token != "token":
        raise HTTPException(400, "no such token")
    if key not in items:
        raise HTTPException(404, "no such item")
    return items[key]


@app.post("/items/", status_code=201)
async def create(item: Item) -> Item:
    if item.id in items:
        raise HTTPException(409, "there already")
    return items.setdefault(item.id, item)


@app.get("/page")
async def page(size: Annotated[int, Depends(page_size)], where: Annotated[str, Depends(database)]) -> Any:
    return [size, where]


@app.post("/size")
async def size(file: UploadFile) -> dict[str, Any]:
    return {"name": file.filename, "size": len(await file.read())}


@app.websocket("/ws")
async def session(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json({"msg": "Hello WebSocket"})
    await websocket.close()


@BOTH
def test_a_page(side: Any) -> None:
    response = side.client(app).get("/")
    assert (response.status_code, response.json()) == (200, {"msg": "Hello"})


@BOTH
def test_an_item_that_is_there_after_startup(side: Any) -> None:
    with side.client(app) as client:
        response = client.get("/items/a", headers={"X-Token": "token"})
    assert response.json() == {"id": "a", "title": "first"}
    assert items == {}


@BOTH
def test_a_wrong_token_and_no_token(side: Any) -> None:
    with side.client(app) as client:
        wrong, none = client.get("/items/a", headers={"X-Token": "x"}), client.get("/items/a")
    assert (wrong.status_code, wrong.json()) == (400, {"detail": "no such token"})
    assert (none.status_code, none.json()["detail"][0]["loc"]) == (422, ["header", "x-token"])


@BOTH
def test_an_item_that_is_not_there(side: Any) -> None:
    with side.client(app) as client:
        assert client.get("/items/z", headers={"X-Token": "token"}).status_code == 404


@BOTH
def test_an_item_is_made_and_made_again(side: Any) -> None:
    with side.client(app) as client:
        made = client.post("/items/", json={"id": "b", "title": "second"})
        again = client.post("/items/", json={"id": "b", "title": "second"})
        half = client.post("/items/", json={"id": "c"})
    assert (made.status_code, made.json()["title"]) == (201, "second")
    assert (again.status_code, half.status_code) == (409, 422)


@BOTH
def test_a_dependency_is_overridden(side: Any) -> None:
    app.dependency_overrides[page_size] = lambda: 3
    try:
        with side.client(app) as client:
            assert client.get("/page").json() == [3, "the database"]
    finally:
        app.dependency_overrides.clear()


@BOTH
def test_a_dependency_is_closed_when_the_response_is_there(side: Any) -> None:
    opened.clear()
    with side.client(app) as client:
        client.get("/page")
        assert opened == ["open", "closed"]


@BOTH
def test_a_file(side: Any) -> None:
    with side.client(app) as client:
        told = client.post("/size", files={"file": ("a.bin", b"\x00" * 100_000)}).json()
    assert told == {"name": "a.bin", "size": 100_000}


@BOTH
def test_a_session(side: Any) -> None:
    with side.client(app) as client, side.websocket(client, "/ws") as websocket:
        assert websocket.receive_json() == {"msg": "Hello WebSocket"}


@BOTH
def test_the_schema(side: Any) -> None:
    with side.client(app) as client:
        assert client.get("/openapi.json").json()["paths"].keys() == {
            "/", "/items/{key}", "/items/", "/page", "/size",
        }  # fmt: skip


@pytest.mark.anyio
@pytest.mark.parametrize("ours", [False, True], ids=["theirs", "ours"])
async def test_from_an_async_test(ours: bool) -> None:
    client: httpx.AsyncClient
    if ours:
        client = asgisim.Client(app, lifespan="off", base_url="http://test")
    else:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")
    async with client:
        response = await client.get("/")
    assert (response.status_code, response.json()) == (200, {"msg": "Hello"})
