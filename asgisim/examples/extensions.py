"""For each rule on the extensions of HTTP responses: a trace that keeps it, and one that breaks it alone."""

from __future__ import annotations

import os
from typing import Any

from asgisim.examples.build import ABSENT, RETURNS, example, scope, sends
from asgisim.examples.http import BODY, MORE, REQUEST, START
from asgisim.model.trace import Step
from asgisim.spec.extensions import DEBUG, HINT, NAMES, PATH, PUSH, TRAILERS, ZERO_COPY

FILE = os.devnull  # the one absolute path, and the one size, that is the same everywhere


def offered(*steps: Step, **changes: Any) -> list[Step]:
    """An exchange with all extensions on offer: the request was read, then these steps, then the end."""
    plain: dict[str, Any] = {"extensions": {name: {} for name in NAMES}}
    return [scope("http", **{**plain, **changes}), REQUEST, *steps, RETURNS]


def bare(*steps: Step) -> list[Step]:
    """The same with no extension on offer."""
    return offered(*steps, extensions={})


# --- push ------------------------------------------------------------------------------------------


def push(**keys: Any) -> Step:
    """A push of a style sheet in which these keys differ."""
    return sends(PUSH, **{"path": "/style.css", "headers": [(b"accept", b"text/css")], **keys})


def pushing(**keys: Any) -> list[Step]:
    """An answer with such a push."""
    return offered(START, push(**keys), BODY)


PUSHED = pushing()
example("ext.push.only-when-listed", PUSHED, bare(START, push(), BODY))
example("ext.push.order", PUSHED, offered(push(), START, BODY))
example("ext.push.path", PUSHED, pushing(path=ABSENT))
example("ext.push.path.decoded", pushing(path="/100%"), pushing(path="/caf%C3%A9"))
example("ext.push.headers", PUSHED, pushing(headers=ABSENT))
example("ext.push.headers.lowercase", PUSHED, pushing(headers=[(b"Accept", b"text/css")]))
example("ext.push.headers.no-pseudo", PUSHED, pushing(headers=[(b":path", b"/")]))

# --- zero copy -------------------------------------------------------------------------------------


class _Closing:
    """A file that is open while it is sent and closed by the end, as a `with` has it."""

    def __init__(self, closed: bool = True) -> None:
        self.closed = closed

    def fileno(self) -> int:
        return 0


def zero(**keys: Any) -> Step:
    """A zero-copy send in which these keys differ."""
    return sends(ZERO_COPY, **{"file": _Closing(), "offset": 0, "count": 1, "more_body": False, **keys})


def zeroing(**keys: Any) -> list[Step]:
    """An answer with such a send."""
    return offered(START, zero(**keys))


ZEROED = zeroing()
example("ext.zerocopy.only-when-listed", ZEROED, bare(START, BODY, zero()))
example("ext.zerocopy.order", ZEROED, offered(zero(more_body=True), START, BODY))
example("ext.zerocopy.file", ZEROED, zeroing(file=b"0123"))
example("ext.zerocopy.offset", ZEROED, zeroing(offset="0"))
example("ext.zerocopy.count", ZEROED, zeroing(count=1.0))
example("ext.zerocopy.more-body", ZEROED, zeroing(more_body=0))
example("ext.zerocopy.app-closes", ZEROED, zeroing(file=_Closing(closed=False)))

# --- path send -------------------------------------------------------------------------------------


def path(**keys: Any) -> Step:
    """A path send in which these keys differ."""
    return sends(PATH, **{"path": FILE, **keys})


_LENGTH = b"%d" % os.path.getsize(FILE)


def sized(length: bytes) -> list[Step]:
    """A path send whose start states this length."""
    return offered(sends("http.response.start", status=200, headers=[(b"content-length", length)]), path())


PATHED = offered(START, path())
example("ext.pathsend.only-when-listed", PATHED, bare(START, BODY, path()))
example("ext.pathsend.after-start", PATHED, offered(path(), START, BODY))
example("ext.pathsend.not-mixed", PATHED, offered(START, MORE, path(), BODY))
example("ext.pathsend.once", PATHED, offered(START, path(), path()))
example("ext.pathsend.path", PATHED, offered(START, path(path=b"/")))
example("ext.pathsend.path.absolute", PATHED, offered(START, path(path="index.html")))
example("ext.pathsend.headers-by-app", sized(_LENGTH), sized(b"1"))

# --- early hints -----------------------------------------------------------------------------------


def hint(**keys: Any) -> Step:
    """An early hint in which these keys differ."""
    return sends(HINT, **{"links": [b"</style.css>; rel=preload"], **keys})


HINTED = offered(hint(), START, BODY)
example("ext.early-hint.only-when-listed", HINTED, bare(hint(), START, BODY))
example("ext.early-hint.order", HINTED, offered(START, hint(), BODY))
example("ext.early-hint.links", HINTED, offered(hint(links=["</style.css>"]), START, BODY))

# --- trailers --------------------------------------------------------------------------------------

ANNOUNCED = sends("http.response.start", status=200, headers=[(b"trailer", b"x-sum, x-end")], trailers=True)


def trailer(**keys: Any) -> Step:
    """Trailers in which these keys differ."""
    return sends(TRAILERS, **{"headers": [(b"x-sum", b"1")], **keys})


def trailing(**keys: Any) -> list[Step]:
    """An answer with such trailers at its end."""
    return offered(ANNOUNCED, BODY, trailer(**keys))


TRAILED = offered(ANNOUNCED, BODY, trailer(more_trailers=True), trailer(headers=[(b"x-end", b"1")]))
example("ext.trailers.only-when-listed", TRAILED, bare(ANNOUNCED, BODY))
example("ext.trailers.announced", TRAILED, offered(START, BODY, trailer()))
example("ext.trailers.sent", TRAILED, offered(ANNOUNCED, BODY))
example("ext.trailers.order", TRAILED, offered(ANNOUNCED, MORE, trailer(), BODY, trailer()))
example("ext.trailers.headers", TRAILED, trailing(headers=ABSENT))
example("ext.trailers.headers.lowercase", TRAILED, trailing(headers=[(b"X-Sum", b"1")]))
example("ext.trailers.headers.no-pseudo", TRAILED, trailing(headers=[(b":x", b"1")]))
example("ext.trailers.more.type", TRAILED, trailing(more_trailers=0))
example("ext.trailers.nothing-after", TRAILED, offered(ANNOUNCED, BODY, trailer(), trailer()))
example("ext.trailers.trailer-header", TRAILED, trailing(headers=[(b"x-other", b"1")]))

# --- debug -----------------------------------------------------------------------------------------


def debug(**keys: Any) -> Step:
    """Debug information in which these keys differ."""
    return sends(DEBUG, **{"info": {"template": "index.html"}, **keys})


DEBUGGED = offered(debug(info={"view": object()}), START, BODY)
example("ext.debug.only-when-listed", DEBUGGED, bare(debug(), START, BODY))
example("ext.debug.before-start", DEBUGGED, offered(START, debug(), BODY))
example("ext.debug.once", DEBUGGED, offered(debug(), debug(), START, BODY))
example("ext.debug.info", DEBUGGED, offered(debug(info=[]), START, BODY))
