"""Rows of the list of demands that no check can break, each with the reason.

They are no rules: a permission is kept whatever happens. That the checker respects them is a matter
of its own tests, which run legal traffic and expect silence.
"""

from __future__ import annotations

_ALLOWED = "a permission: {}; the tests of legal traffic hold that no rule forbids it"
_FREE = "a permission to the server: {}; both ways are legal, so nothing can break it"

_TOLD = "what breaks it is told as {}"

UNCHECKED: dict[str, str] = {
    "common.app.single-callable": "both styles are run; what is not callable is refused when it is loaded",
    "common.app.coroutine": _TOLD.format("robust.blocked-loop"),
    "common.tasks.end-with-instance": _TOLD.format("robust.task-leak"),
    "common.event.mixed-sources": "own events reach an app only through wrappers of its own making",
    "common.legacy.first-call-sync": "both styles are run; what is not callable is refused when it is loaded",
    "common.middleware.no-late-change": "binds middleware, which a single app does not show; not checked yet",
    "common.middleware.assumes-nothing-downstream": "binds middleware; not checked yet",
    "common.ext.only-when-listed": "each extension has a rule of its own; other events break http.send.types",
    "common.strings.str-exact": "each field that asks for text has a rule of its own",
    "http.scope.raw-path.optional": _FREE.format("to leave raw_path out"),
    "http.send.closed.app-survives": _TOLD.format("robust.flood or robust.hang"),
    "http.wsgi.path-info": _FREE.format("how an adapter finds PATH_INFO"),
    "common.error.app-raises-on-invalid": "asgisim plays legal servers to apps; a hostile one is not played yet",
    "common.error.send-after-close-not-a-fault": _ALLOWED.format("a late send on a closed connection"),
    "common.error.surface-free": _FREE.format("how an exception of the app is shown"),
    "common.event.type.namespaced": _TOLD.format("http.send.types and its likes"),
    "common.event.user-types": _ALLOWED.format(
        "own events between parts of an app, which never reach the server"
    ),
    "ext.early-hint.may-ignore": _FREE.format("to drop early hints"),
    "ext.early-hint.repeat": _ALLOWED.format("several early hints"),
    "ext.trailers.not-validated": _FREE.format("to leave the trailer header unchecked"),
    "ext.zerocopy.mixed": _ALLOWED.format("zero-copy and body events in turn"),
    "http.response.body.chunk-choice": _FREE.format("to pick chunked framing"),
    "http.response.start.may-delay": _FREE.format("to hold the start back until the first body"),
    "http.response.start.replace-on-error": _FREE.format("to replace a start that has not gone out"),
    "http.response.start.transfer-encoding.allowed": _ALLOWED.format("a transfer-encoding header"),
    "http.send.closed.app-may-catch": _ALLOWED.format("to catch the error of send, or to let it out"),
    "lifespan.exception.allowed": _ALLOWED.format("to raise on the lifespan, at once or on startup"),
    "lifespan.state.key-names": "advice on names: no outsider sees whether two parts of an app collide",
    "websocket.close.before-accept-allowed": _ALLOWED.format("to close before accept"),
    "websocket.send.closed.app-may-catch": _ALLOWED.format("to catch the error of send, or to let it out"),
    "wire.req.expect-lazy": _FREE.format("to leave the 100 out when the final status is there"),
    "wire.req.expect-other": _FREE.format("417 for an expectation that it does not know"),
}


_H2 = "needs WebSocket over HTTP/2, which the client over sockets does not speak"
_TLS = "needs a server that asks clients for certificates; none that lists tls does so here"
_FILE = "needs a file that server and judge both know by its path; no server of ours offers it"
_MOUNT = "open: nothing says who puts it there, the server or the proxy in front of it"

# Rules of the catalogue that bind servers and that no check over sockets looks at, each with the reason.
UNSEEN: dict[str, str] = {
    "common.scope.asgi.spec-version.truthful": "what a version promises is judged rule by rule, by that version",
    "common.error.own-send-error-swallowed": _TOLD.format("http.send.closed.not-logged or its likes"),
    "common.ext.listed-when-supported": _TOLD.format("the rule of the extension, as ext.trailers.listed"),
    "common.legacy.supported": "servers are started with an app of the 3.0 style alone",
    "common.legacy.second-call-at-once": "servers are started with an app of the 3.0 style alone",
    "websocket.scope.headers.authority-to-host": _H2,
    "ext.tls.client-cert-chain.order": _TLS,
    "ext.zerocopy.listed": _FILE,
    "ext.zerocopy.server-leaves-open": _FILE,
    "ext.zerocopy.offset.used": _FILE,
    "ext.zerocopy.count.used": _FILE,
    "ext.zerocopy.as-body": _FILE,
    "ext.pathsend.listed": _FILE,
    "ext.pathsend.as-body": _FILE,
    "http.wsgi.threadpool": "binds adapters for WSGI, not servers",
    "http.scope.path.contains-root-path": _MOUNT,
    "http.scope.headers.case-kept": "open: lower case is advised as well, and every server gives it",
    "websocket.scope.headers.case-kept": "open: lower case is advised as well, and every server gives it",
    "websocket.scope.socket-ends-app-ends": "the app here ends when it is told to; what it needs is the disconnect",
    "websocket.server.ping-sent": "takes as long as a server's interval, some twenty seconds",
    "wire.ws.too-big": "the limit is the server's own and not known",
}
