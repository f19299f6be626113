"""Rules for middleware: what lies between the outer call and the inner one.

The specification asks one thing of a middleware, that it copies the scope before it changes it. The others are ours:
an app behind a middleware is to be the app that it is alone, but for what the middleware is there for.
They are checked in `asgisim.middleware` by running an inner app alone and behind the middleware.
"""

from __future__ import annotations

from asgisim.spec.rules import By, rule

# fmt: off
COPY = rule(
    "common.middleware.copies-scope", "app", "should", "2.0", "main#middleware",
    "A middleware that changes the scope copies it first: the outer scope stays as it was.",
    "Hand on {**scope, ...}; copy headers and other containers too before you change them.",
    by=By.BETWEEN,
)
CALLED = rule(
    "between.called", "app", "implied", "2.0", "main#middleware",
    "A call of a type that the middleware has no business with reaches the inner app: lifespan above all.",
    "Call the inner app with the same scope, receive and send for every type that you do not know.",
    by=By.BETWEEN,
)
SCOPE = rule(
    "between.scope", "app", "implied", "2.0", "main#middleware",
    "The inner app finds the scope's keys of the specification as the outer server gave them.",
    "Add keys of your own; leave those of the specification as they are, or say with --may what may differ.",
    by=By.BETWEEN,
)
RECEIVE = rule(
    "between.receive", "app", "implied", "2.0", "main#middleware",
    "What the client sends reaches the inner app: the whole body, every message, the disconnect.",
    "Hand on every event; what you read yourself has to be given again.",
    by=By.BETWEEN,
)
SEND = rule(
    "between.send", "app", "implied", "2.0", "main#middleware",
    "What the inner app sends reaches the client: status, headers, the whole body, trailers, messages, close.",
    "Hand on every event and every header, duplicates too; what you hold back has to be sent before the end.",
    by=By.BETWEEN,
)
ONCE = rule(
    "between.send.walked-once", "app", "should", "2.0", "main#middleware",
    "Headers that can be walked once, as a generator's, reach the client too.",
    "Make a list of the headers before you read them, and hand that on.",
    by=By.BETWEEN, advisory=True,
)
END = rule(
    "between.end", "app", "implied", "2.0", "main#middleware",
    "The call behind the middleware ends as the inner app's own does.",
    "Let exceptions through, wait for nothing that the inner app does not wait for.",
    by=By.BETWEEN,
)
AGAIN = rule(
    "between.again", "app", "implied", "2.0", "main#middleware",
    "A second exchange through the same middleware goes as the first did.",
    "Keep what belongs to one exchange in local variables; never change lists that you were handed or keep.",
    by=By.BETWEEN,
)
# fmt: on
