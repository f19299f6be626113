"""A WebSocket consumer that echoes."""

from django_setup import configure

configure(__name__, "channels")

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402


class Echo(AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        if text_data is not None:
            await self.send(text_data="text " + text_data)
        else:
            await self.send(bytes_data=b"bytes " + bytes_data)


urlpatterns = []
app = Echo.as_asgi()
