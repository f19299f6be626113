"""Checked requests without httpx: a scope and a body in, what the app sent out.

For tests that speak ASGI itself, as asgiref's communicator is for: on the test's own event loop, asyncio or
trio, judged, and each wait bounded.
"""

from __future__ import annotations

from typing import Any

from asgisim.client.calls import HttpCall, Settings
from asgisim.drive.sim.run import single
from asgisim.judge import Finding


class RawClient:
    """Calls an app with scopes that are made by hand.

    on_finding, raise_app_exceptions, edition: as for `asgisim.Client`, but that no 500 is made of an
    exception: it stands in the call's `error`. timeout: real seconds for each wait.
    """

    def __init__(
        self,
        app: Any,
        *,
        on_finding: str = "raise",
        raise_app_exceptions: bool = True,
        edition: str | None = None,
        timeout: float | None = 5.0,
    ) -> None:
        self.settings = Settings(single(app), on_finding, raise_app_exceptions, edition)
        self.timeout = timeout

    @property
    def findings(self) -> list[Finding]:
        """The rules that the app broke so far, in order."""
        return self.settings.findings

    async def request(self, scope: dict[str, Any], body: bytes = b"") -> HttpCall:
        """One request; returns the call: `status`, `headers`, `body`, `trailers` and so on.

        Raises BrokenRules, what the app raised, or TimeoutError, which says where the app waits.
        """
        call = HttpCall(self.settings, scope)
        call.give_body(body)
        call.start()
        try:
            seen = -1
            while not await call.until(call.is_over, self.timeout):
                if len(call.body) == seen:
                    raise TimeoutError(f"the app sent nothing for {self.timeout:g} s{call.waits()}")
                seen = len(call.body)
        except BaseException:
            call.leave()
            raise
        if not call.ended:
            if not call.complete:
                call.leave()
            await call.finish()
        call.tell()
        if call.unusable:
            raise RuntimeError(call.unusable)
        return call
