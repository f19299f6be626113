"""Our own rules on equal things: the text does not number them, but an exchange has to bear them.

Like the rows of the specification that are checked by two spellings, they are checked in `asgisim.equal`.
"""

from __future__ import annotations

from asgisim.spec.rules import By, rule

# fmt: off
REPEAT = rule(
    "equal.repeat", "app", "silent", "2.0", "main#overview",
    "The same exchange twice has the same status and the same end.",
    "An app may remember; whatever it remembers is then part of what a finding needs.",
    by=By.EQUAL, advisory=True,
)
PASSES = rule(
    "equal.passes", "app", "implied", "2.0", "main#overview",
    "A server whose receive and send take longer gets the same answer.",
    "Look for what relies on two awaits happening without a pause between them.",
    by=By.EQUAL,
)
HEADER_SHAPE = rule(
    "equal.header-shape", "app", "implied", "2.0", "www#http-connection-scope",
    "headers are an iterable of pairs: whether list or tuple does not matter.",
    "Iterate over them; build your own list or dict if you need one.",
    by=By.EQUAL,
)
ROOT_PATH = rule(
    "equal.root-path", "app", "implied", "2.0", "www#http-connection-scope",
    "An app that is mounted under a prefix (root_path, which path begins with) answers as it does without.",
    "Take root_path off the front of path before looking for a route.",
    by=By.EQUAL, advisory=True,  # the text has path begin with root_path, but asks nothing of apps
)
OVERLAP = rule(
    "equal.overlap", "app", "implied", "2.0", "main#applications",
    "A request that is served while another is gets the answer that it gets alone.",
    "Keep what belongs to one request in local variables, never on the app or in a module.",
    by=By.EQUAL,
)
# Of servers, over sockets: asgisim.wire.equal has the spellings.
SEGMENTS = rule(
    "equal.segments", "server", "implied", "2.0", "www#request-receive-event",
    "The same bytes in other segments give the same calls and the same answers.",
    "Parse from a buffer; what one read brings has no meaning.",
    by=By.WIRE,
)
PIPELINED = rule(
    "equal.pipelined", "server", "implied", "2.0", "www#http-connection-scope",
    "Requests that are sent at once are served as they are one by one.",
    "Finish one request before the next is begun; keep what was read too far.",
    by=By.WIRE,
)
FRAGMENTS = rule(
    "equal.fragments", "server", "implied", "2.0", "www#receive-receive-event",
    "A WebSocket message in several frames is the message that it is in one.",
    "Join the fragments before you give them to the app.",
    by=By.WIRE,
)
# fmt: on
