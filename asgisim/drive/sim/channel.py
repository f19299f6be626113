"""The receive and send that an app is given, the same on every loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgisim.drive.sim.peer import BLOCKED, PARK, WAIT, Peer
from asgisim.model import trace as t


def channel(
    peer: Peer,
    wait: Callable[[Peer], Awaitable[None]],
    park: Callable[[], Awaitable[None]],
    pause: Callable[[int], Awaitable[None]],
) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """receive and send of one exchange.

    wait: until the peer has something new. park: for ever, until the call is cancelled. pause: so many
    passes of the scheduler.
    """
    passes = peer.exchange.options.passes

    async def receive() -> Any:
        if peer.armed == "recv":
            peer.gate("recv")
        if passes:
            await pause(passes)
        event = peer.take()
        if event is WAIT:
            peer.note(t.WAIT, None)
            while event is WAIT:
                await wait(peer)
                event = peer.take()
        if event is PARK:
            await park()
        return event

    async def send(event: Any) -> None:
        if passes:
            await pause(passes)
        outcome = peer.accept(event)
        while outcome is BLOCKED:
            await wait(peer)
            outcome = peer.resume()
        if outcome is PARK:
            await park()

    return receive, send
