"""Every call is made by asgiref's base class of servers without connections."""

import asyncio

from asgiref.server import StatelessServer


def make(app):
    async def served(scope, receive, send):
        class Server(StatelessServer):
            async def application_send(self, scope, message):
                await send(message)

        server = Server(app)
        queue = server.get_or_create_application_instance(1, scope)
        task = server.application_instances[1]["future"]

        async def feed():
            while True:
                queue.put_nowait(await receive())

        feeder = asyncio.ensure_future(feed())
        try:
            await task
        finally:
            feeder.cancel()
            await asyncio.gather(feeder, return_exceptions=True)

    return served
