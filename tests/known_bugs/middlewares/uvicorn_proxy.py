"""Behind proxies that are all trusted."""

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


def make(app):
    return ProxyHeadersMiddleware(app, trusted_hosts="*")
