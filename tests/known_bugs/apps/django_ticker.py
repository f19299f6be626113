"""A page that ticks for as long as somebody looks."""

import asyncio

from django_setup import configure

configure(__name__)

from django.core.asgi import get_asgi_application  # noqa: E402
from django.http import StreamingHttpResponse  # noqa: E402
from django.urls import path  # noqa: E402


async def ticks():
    while True:
        yield b"tick\n"
        await asyncio.sleep(1)


async def ticker(request):
    return StreamingHttpResponse(ticks(), content_type="text/plain")


urlpatterns = [path("", ticker)]
app = get_asgi_application()
