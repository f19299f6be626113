"""News over a websocket for those who listen."""

from litestar import Litestar
from litestar.channels import ChannelsPlugin
from litestar.channels.backends.memory import MemoryChannelsBackend

news = ChannelsPlugin(
    backend=MemoryChannelsBackend(),
    channels=["news"],
    create_ws_route_handlers=True,
    ws_handler_base_path="/",
)
app = Litestar(plugins=[news])
