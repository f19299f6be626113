"""All sites may read the app's pages. Up to 0.11 Starlette has the call style of ASGI 2."""

from importlib.metadata import version

from starlette.middleware.cors import CORSMiddleware


def make(app):
    if version("starlette") >= "0.12":
        return CORSMiddleware(app, allow_origins=["*"])
    made = CORSMiddleware(lambda scope: lambda receive, send: app(scope, receive, send), allow_origins=["*"])

    async def single(scope, receive, send):
        await made(scope)(receive, send)

    return single
