"""Load for a server: some connections that are kept, each with one request after the other, read by h11."""

from __future__ import annotations

import asyncio
import time

import h11


class Load:
    """GET requests over `connections` at once. latencies: the seconds of each answer of the last run."""

    def __init__(
        self, address: tuple[str, int], answer: bytes, connections: int = 8, path: str = "/"
    ) -> None:
        self.address = address
        self.answer = answer
        self.connections = connections
        self.latencies: list[float] = []
        self._request = h11.Request(
            method="GET",
            target=path,
            headers=[("Host", "localhost"), ("Accept", "*/*"), ("User-Agent", "bench")],
        )

    def run(self, n: int) -> int:
        """So many requests, or a few more; how many. Raises AssertionError for a wrong answer."""
        each = max(1, n // self.connections)
        asyncio.run(self._all(each))
        return each * self.connections

    async def _all(self, each: int) -> None:
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            for _ in range(self.connections):
                group.create_task(self._one(each))

    async def _one(self, each: int) -> None:
        reader, writer = await asyncio.open_connection(*self.address)
        parser = h11.Connection(h11.CLIENT)
        try:
            for _ in range(each):
                began = time.perf_counter()
                writer.write((parser.send(self._request) or b"") + (parser.send(h11.EndOfMessage()) or b""))
                await self._answered(parser, reader)
                self.latencies.append(time.perf_counter() - began)
                parser.start_next_cycle()
        finally:
            writer.close()
            await writer.wait_closed()

    async def _answered(self, parser: h11.Connection, reader: asyncio.StreamReader) -> None:
        status, body = 0, b""
        while True:
            event = parser.next_event()
            if event is h11.NEED_DATA:
                parser.receive_data(await reader.read(65536))
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += event.data
            else:
                break
        if status != 200 or body != self.answer or not isinstance(event, h11.EndOfMessage):
            raise AssertionError(f"the server answered {status} with {body[:100]!r}")
