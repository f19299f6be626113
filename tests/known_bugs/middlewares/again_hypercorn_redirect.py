"""Who comes without TLS is sent to where it is."""

from hypercorn.middleware import HTTPToHTTPSRedirectMiddleware


def make(app):
    return HTTPToHTTPSRedirectMiddleware(app, host="localhost")
