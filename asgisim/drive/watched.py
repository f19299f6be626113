"""The user's app inside a server under test, with all that crosses its boundary told to the controller.

``asgisim.drive.watched:app`` is the app that ASGISIM_APP names (``module:attribute``, with ``()`` at the end
for a function that makes it). It stands in the puppet's place, speaks over the same connections and does
what it likes: nobody gives it orders. Its reports: ``{"call": scope}``, ``{"got": event}``, ``{"sends":
event}``, ``{"refused": error}``, ``{"failed": error}`` of receive, ``{"returns": true, "value"}``,
``{"raises": error, "own"}``, ``{"cancelled": true}``. What passes through is not changed, but for a generator
of headers, which is made a list: it could not be walked twice. If the controller is gone the app goes on
unwatched.

Standard library only, as the puppet.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

from asgisim.drive import puppet
from asgisim.model import codec

APP = "ASGISIM_APP"


def load(name: str) -> Any:
    """The app of this name."""
    plain = name[:-2] if name.endswith("()") else name
    module, _, attribute = plain.partition(":")
    found: Any = importlib.import_module(module)
    for part in (attribute or "app").split("."):
        found = getattr(found, part)
    return found() if name.endswith("()") else found


class Teller:
    """Tells the controller of one call, as long as it is there."""

    def __init__(self) -> None:
        self.backend = puppet.backend_here()
        try:
            self.line: Any = puppet.borrow(self.backend)
        except (puppet.ControlLost, RuntimeError):
            self.line = None

    def tell(self, **report: Any) -> None:
        """Make a report, which goes out at once."""
        if self.line is None:
            return
        try:
            self.line.tell(report)
            self.line.flush()
        except puppet.ControlLost:
            self.line.sock.close()
            self.line = None

    def done(self) -> None:
        """The call has ended."""
        if self.line is not None:
            puppet.hand_back(self.backend, self.line)


def settled(event: Any) -> Any:
    """The event, with headers that can be walked once only as a list."""
    if isinstance(event, dict) and hasattr(event.get("headers"), "__next__"):
        return {**event, "headers": list(event["headers"])}
    return event


def watched(inner: Any) -> Any:
    """The app, with all its calls told."""

    async def around(scope: Any, receive: Any, send: Any) -> Any:
        teller = Teller()
        theirs: list[BaseException] = []  # what the server raised into the app
        teller.tell(call=codec.encode(scope))

        async def watched_receive() -> Any:
            try:
                event = await receive()
            except Exception as error:
                theirs.append(error)
                teller.tell(failed=puppet.describe(error))
                raise
            teller.tell(**puppet.reported(event))
            return event

        async def watched_send(event: Any) -> Any:
            event = settled(event)
            teller.tell(sends=codec.encode(event))
            try:
                return await send(event)
            except Exception as error:
                theirs.append(error)
                teller.tell(refused=puppet.describe(error))
                raise

        try:
            value = await inner(scope, watched_receive, watched_send)
        except Exception as error:
            own = any(error is one for one in theirs)  # of the server's own making, as in a trace
            teller.tell(raises=puppet.describe(error), own=own)
            raise
        except BaseException:
            teller.tell(cancelled=True)
            raise
        else:
            teller.tell(returns=True, value=codec.encode(value))
            return value
        finally:
            teller.done()

    return around


if APP in os.environ:  # in a server; elsewhere this module is imported for its names
    app = watched(load(os.environ[APP]))
