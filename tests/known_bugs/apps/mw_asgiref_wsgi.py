"""A WSGI page for ASGI servers."""

from asgiref.wsgi import WsgiToAsgi


def page(environ, start_response):
    found = environ["PATH_INFO"] in ("", "/")
    start_response("200 OK" if found else "404 Not Found", [("content-type", "text/plain")])
    return [b"the page"]


app = WsgiToAsgi(page)
