"""Our own rules, for what the text does not number: an app that hangs, crashes, floods or leaks.

The simulator sees these as facts and writes them into the trace; nothing is computed here.
"""

from __future__ import annotations

from asgisim.spec.rules import By, rule

_SOURCE = "main#overview"


def _robust(name: str, says: str, hint: str, level: str = "should", *, advisory: bool = False) -> None:
    rule(f"robust.{name}", "app", level, "2.0", _SOURCE, says, hint, by=By.DRIVE, advisory=advisory)


AFTER_FAILURE = rule(
    "robust.send-after-failure",
    "app",
    "implied",
    "2.4",
    "www#disconnected-client-send-exception",
    "Once send has raised the server's OSError an app sends nothing more: it cleans up, then raises or returns.",
    "Take the error for the end of the connection, and keep it from the handler that answers other errors.",
    by=By.END,
    advisory=True,  # the text says what an app may do then; a server ignores the rest or raises again
)


_robust(
    "hang",
    "The call ends once its client has gone: nothing may wait for ever.",
    "Look at the await chain: what it waits for can no longer happen. Wait for the disconnect as well.",
    "must",
)
_robust(
    "no-answer",
    "A client that waits gets an answer: the app does not fall asleep for good with its response not begun.",
    "Look at the await chain: with the request whole and nobody else about, nothing will ever wake it.",
)
_robust(
    "unended",
    "A response whose content-length is used up is ended: the app does not fall asleep before it says so.",
    "Send the last body event (more_body false) first, then wait for the disconnect: until then the server "
    "cannot go on with the next request of that connection.",
)
_robust(
    "crash",
    "Legal input does not make the app raise.",
    "Handle the input, or answer it with an error response; the traceback shows where it was not expected.",
)
_robust(
    "server-error",
    "Legal input, however odd, is not answered with a 500.",
    "Answer input that the app does not want with a 4xx; a plain request to this route does not give a 500.",
)
_robust(
    "spin",
    "The app lets others run and gets on: it does not go round in circles without an event or a timer.",
    "Wait for something (an event, a lock, a sleep with a length) in the loop that spins.",
)
_robust(
    "flood",
    "The app does not send or receive without end once its client has gone.",
    "Leave the loop when http.disconnect or websocket.disconnect arrives or when send raises OSError.",
)
_robust(
    "task-leak",
    "Tasks started for an exchange have ended when the call ends.",
    "Keep the task in a task group, or cancel and await it before returning.",
)
_robust(
    "task-exception",
    "No task of the exchange dies with an exception that nobody looks at.",
    "Await the task, or add a callback that handles its exception.",
)
_robust(
    "cancel-swallowed",
    "A cancelled call ends: CancelledError is not swallowed.",
    "Re-raise the cancellation after cleaning up; `except Exception` is enough for ordinary errors.",
)
_robust(
    "cancel-returned",
    "A cancelled call ends as cancelled: whoever catches CancelledError to clean up raises it again (asyncio).",
    "End the clean-up with a bare raise, or clean up in a finally block: who cancelled waits for that error.",
    advisory=True,  # the call has ended, which is what its server wants
)
_robust(
    "blocked-loop",
    "The event loop is never blocked: blocking work belongs in a thread.",
    "Use the asynchronous form of the call, or run it in a thread.",
)
_robust(
    "thread-stuck",
    "Work that the app put into threads comes to an end.",
    "Look at the thread's stack: what it waits for can no longer happen.",
)
_robust(
    "never-awaited",
    "Every coroutine that is made is awaited.",
    "Await it, or wrap it in a task.",
)
_robust(
    "generator-leak",
    "Asynchronous generators are closed when the call ends.",
    "Close the generator (`contextlib.aclosing`) where its consumer may stop early.",
    advisory=True,  # the garbage collector closes it in the end, in a task of its own
)
_robust(
    "exit",
    "The app does not end the process or its event loop.",
    "Raise an ordinary exception instead of SystemExit; leave the loop to the server.",
    "must",
)
