"""Django sends response header names with capital letters."""

import asyncio

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])
urlpatterns = [path("", lambda request: HttpResponse("text"))]


async def main():
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": "/"}
    scope.update(query_string=b"", headers=[])
    events, sent = [{"type": "http.request"}], []

    async def receive():
        if not events:
            await asyncio.sleep(3600)
        return events.pop()

    async def send(event):
        sent.append(event)

    await get_asgi_application()(scope, receive, send)
    names = [name for name, _ in sent[0]["headers"]]
    print(names)
    print("OK" if names == [name.lower() for name in names] else "BUG")


asyncio.run(main())
