"""http.response.start.sent: a file that the server could send is lost, and the start with it."""

from _run import START, exchange, inner, types, verdict
from asgi_gzip import GZipMiddleware

FILE = {"type": "http.response.zerocopysend", "file": open(__file__, "rb")}  # noqa: SIM115
how, sent, _ = exchange(
    GZipMiddleware(inner(START, FILE)),
    extensions={"http.response.zerocopysend": {}},
    headers=[(b"accept-encoding", b"gzip")],
)
FILE["file"].close()
verdict(not sent, how, types(sent))
