"""What ASGI demands, as tables and rules. Pure: standard library only, no clock, no chance, no I/O.

Importing this package imports every module that defines rules, so that CATALOGUE is whole.
"""

from __future__ import annotations

from asgisim.spec import between as between
from asgisim.spec import common as common
from asgisim.spec import content as content
from asgisim.spec import denial as denial
from asgisim.spec import equal as equal
from asgisim.spec import extensions as extensions
from asgisim.spec import http as http
from asgisim.spec import http_fields as http_fields
from asgisim.spec import http_scope as http_scope
from asgisim.spec import lifespan as lifespan
from asgisim.spec import robust as robust
from asgisim.spec import tls as tls
from asgisim.spec import websocket as websocket
from asgisim.spec import websocket_fields as websocket_fields
from asgisim.spec import websocket_scope as websocket_scope
from asgisim.spec import wire as wire
from asgisim.spec.rules import CATALOGUE as CATALOGUE
from asgisim.spec.unchecked import UNCHECKED as UNCHECKED
from asgisim.spec.unchecked import UNSEEN as UNSEEN
from asgisim.spec.view import Protocol

PROTOCOLS: dict[str, Protocol] = {
    "http": http.HTTP,
    "websocket": websocket.WEBSOCKET,
    "lifespan": lifespan.LIFESPAN,
}
