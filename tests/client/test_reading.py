"""What is left of a response once it has been read."""

from __future__ import annotations

import gc
import weakref

import anyio
import httpx
import pytest

from asgisim.client import Client
from tests.client.test_client import body, sends, start

pytestmark = pytest.mark.anyio


async def test_what_was_read_goes_with_its_response() -> None:
    async with Client(sends(start(), body(b"read"))) as client:
        response = await client.get("/")
        exchange = weakref.ref(response.extensions["exchange"])
        gc.disable()  # what goes at once needs no collector
        try:
            del response
            await anyio.lowlevel.checkpoint()  # the call's task holds it until it is done
            assert exchange() is None
        finally:
            gc.enable()


async def test_a_response_that_was_read_can_be_closed_again_and_not_streamed() -> None:
    async with Client(sends(start(), body(b"read"))) as client:
        response = await client.get("/")
        await response.aclose()
        assert response.content == b"read"
        with pytest.raises(httpx.StreamConsumed):
            [part async for part in response.aiter_raw()]
