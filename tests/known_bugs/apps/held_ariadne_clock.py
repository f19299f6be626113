"""A schema with a subscription, over the newer of the two WebSocket protocols."""

import asyncio

from ariadne import QueryType, SubscriptionType, make_executable_schema
from ariadne.asgi import GraphQL
from ariadne.asgi.handlers import GraphQLTransportWSHandler

query = QueryType()
subscription = SubscriptionType()


@query.field("hello")
def hello(*_):
    return "world"


@subscription.source("ticks")
async def ticks(*_):
    for number in range(3):
        await asyncio.sleep(1)
        yield number


@subscription.field("ticks")
def tick(number, *_):
    return number


schema = make_executable_schema(
    "type Query { hello: String! } type Subscription { ticks: Int! }", query, subscription
)
app = GraphQL(schema, websocket_handler=GraphQLTransportWSHandler())
