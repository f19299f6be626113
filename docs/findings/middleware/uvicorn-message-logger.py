"""robust.crash: headers that can be walked once fail the request."""

import logging

from _run import BODY, PLAIN, START, exchange, inner, types, verdict
from uvicorn.middleware.message_logger import MessageLoggerMiddleware

logging.disable(logging.CRITICAL)
app = MessageLoggerMiddleware(inner({**START, "headers": (pair for pair in PLAIN)}, BODY))
how, sent, _ = exchange(app)
verdict(how.startswith("raised"), how, types(sent))
