"""An HTTP consumer that looks up a price; the price list has gaps."""

from django_setup import configure

configure(__name__, "channels")

from channels.generic.http import AsyncHttpConsumer  # noqa: E402

PRICES = {b"tea": b"2.10"}


class Price(AsyncHttpConsumer):
    async def handle(self, body):
        await self.send_response(200, PRICES[body])


urlpatterns = []
app = Price.as_asgi()
