"""Runs against a server with the user's app inside: scenarios say what the clients do, the app is its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from asgisim.drive.watched import APP
from asgisim.drive.wire import record
from asgisim.drive.wire.controller import Call
from asgisim.drive.wire.course import ENDING, SETTLING, Course, Taken
from asgisim.drive.wire.play import READY, Session
from asgisim.drive.wire.record import LIFESPAN, STOPPING, Record
from asgisim.drive.wire.script import Step, WireScenario
from asgisim.model import codec
from asgisim.model.trace import CANCEL, NOTE, RAISE, RECEIVE, RETURN, SCOPE, SEND, SENT
from asgisim.servers import Server

WATCHED = "asgisim.drive.watched:app"


class BehindSession(Session):
    """A server with an app of the user's, watched from inside. A context manager.

    app: ``module:attribute``, with ``()`` at the end for a function that makes it; importable in the current
    folder. The other options are those of Session.
    """

    inside = WATCHED

    def __init__(self, server: str | Server, app: str, **options: Any) -> None:
        env = {**(options.pop("env", None) or {}), APP: app}
        path = [*options.pop("path", ()), os.getcwd()]
        super().__init__(server, env=env, path=path, answers=False, **options)

    def run(self, scenario: WireScenario) -> Record:
        """Play what the clients do; one that stops the server ends the session."""
        return BehindCourse(self, scenario).play()


class BehindCourse(Course):
    """A run whose calls do what they like: steps of the app only wait until its call has come."""

    def __init__(self, session: BehindSession, scenario: WireScenario) -> None:
        super().__init__(session, scenario)
        self._stopped = False

    def _look_ahead(self, step: Step, following: list[Step] | None) -> None:
        """Nobody is given orders."""

    def do(self, steps: list[Step]) -> None:
        if steps[0].who == "server":
            self._stop()
            return
        super().do(steps)
        self._take_all()

    def _obey(self, taken: Taken, steps: Sequence[Step]) -> None:
        """The app does what it likes."""

    def _take_all(self) -> None:
        calls = self.session.controller.calls
        waiting = [calls.popleft() for _ in range(len(calls))]
        for call in waiting:
            self._take_call(call)
        for taken in self.calls:
            self._drain(taken)

    def _await_call(self, number: int, bound: float) -> None:
        before = len(self.calls)
        super()._await_call(number, bound)
        if len(self.calls) == before:
            # An app that answers late is not the server's fault; that no call came shows by the answer.
            self.record.facts = [one for one in self.record.facts if one["what"] != "no-call"]

    def _revoke(self, steps: list[Step]) -> None:
        """There was nothing ordered."""

    def _write_down(self, taken: Taken, told: dict[str, Any]) -> None:
        index, when = taken.index, told["t"]
        if "got" in told:
            self._add(RECEIVE, codec.decode(told["got"]), index, when)
        elif "sends" in told:
            self._add(SEND, codec.decode(told["sends"]), index, when)
        elif "refused" in told:
            self._add(SENT, told["refused"], index, when)
        elif "failed" in told:
            self._add(NOTE, {"failed": "receive", "error": told["failed"]}, index, when)
        elif "returns" in told:
            self._add(RETURN, codec.decode(told.get("value")), index, when)
        elif "raises" in told:
            error = told["raises"]
            about = {"type": error["type"], "text": error["text"], "where": [], "own": told["own"]}
            self._add(RAISE, about, index, when)
        elif "cancelled" in told:
            self._add(CANCEL, "the call was cancelled", index, when)

    def _stop(self) -> None:
        """The server is told to stop, so that the app's lifespan comes to its end."""
        self._stopped = True
        self._close_all()
        self._add(NOTE, STOPPING, LIFESPAN)
        self.session.running.terminate()
        running = self.session.running
        self.hub.until_polled(lambda: running.process.poll() is not None, READY)

    def _died(self) -> bool:
        return False if self._stopped else super()._died()

    def _close_all(self) -> None:
        for index, client in self.clients.items():
            self.hub.pump(0)
            if client.buffer:
                self._heard(record.EXTRA, bytes(client.buffer), index)
                client.buffer.clear()
            if client.end and not self.record.of(index, record.END):
                self._heard(record.END, client.end, index)
            if not client.closed and not client.half:
                self._left(index, "closed")
            client.close()

    def _end_all(self) -> None:
        self._settle()
        self._close_all()
        # A call may be long in ending: what it still does is no part of this run.
        self.hub.until(lambda: all(taken.call.ended for taken in self.calls), ENDING)
        self._take_all()
        for call in self.session.controller.lifespans if self._stopped else ():
            self._tell_lifespan(call)
            break

    def _settle(self) -> None:
        """What has been told is heard: a new connection, its greeting and its first call come one by one."""
        calls = self.session.controller.calls
        asked = any(one.kind in (record.REQUEST, record.WROTE) for one in self.record.client)
        while self.hub.pump(0):
            pass
        self._take_all()  # the lifespan's too, which is none of a request
        if asked and not self.calls and not self._refused():
            self.hub.until(lambda: calls or self._all_ended(), min(self.scenario.bound, 1.0))
        self._take_all()
        self.hub.until(lambda: all(taken.call.ended for taken in self.calls), SETTLING)
        self._take_all()

    def _tell_lifespan(self, call: Call) -> None:
        taken = Taken(call, LIFESPAN)
        running = self.session.running
        how = "by itself" if running.process.poll() is not None else "when stopped"
        status = running.stop(meanwhile=self.hub.pump)
        self.hub.until(lambda: call.ended, SETTLING)  # what it said last
        self._add(SCOPE, call.scope, LIFESPAN, call.time)
        self._drain(taken)
        self._fact("exit", f"{how}, status {status}")
        self.record.log = running.log()
