"""Which pairs of the table are no entries, and why."""

from __future__ import annotations

LEFT_OUT = {
    "uvicorn-root-path-not-in-path": "nothing says who puts the root path there, the server or a proxy",
    "uvicorn-wsproto-no-max-size": "shows only under a message limit that somebody has set",
    "daphne-ws-no-message-limit": "no rule: the specification knows no limit of a message",
    "daphne-ws-gets-http-503": "shows only under a time limit of some seconds that somebody has set",
    "gunicorn-idle-keepalive-never-closed": "no rule: how long a connection stays is the server's own matter",
    "gunicorn-shutdown-waits-for-closed-connections": "no rule: a slow stop is the server's own matter",
    "a2wsgi-spec-version-3.0": "an adapter that calls ASGI apps under WSGI, no server with a socket",
    "a2wsgi-receive-after-body": "an adapter that calls ASGI apps under WSGI, no server with a socket",
    "asgiref-wsgi-client-none": "an adapter of WSGI apps, on the app's side of ASGI",
    "asgiref-wsgi-root-path": "an adapter of WSGI apps, on the app's side of ASGI",
}
