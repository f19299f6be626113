"""A WebSocket consumer that only pages of one origin may reach."""

from django_setup import configure

configure(__name__, "channels")

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.security.websocket import OriginValidator  # noqa: E402


class Echo(AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        await self.send(text_data=text_data, bytes_data=bytes_data)


urlpatterns = []
app = OriginValidator(Echo.as_asgi(), ["http://localhost"])
