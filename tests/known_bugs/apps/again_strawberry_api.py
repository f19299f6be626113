"""A GraphQL API with one field."""

import dataclasses

import strawberry
from strawberry.asgi import GraphQL

# Python 3.10 gave the fields of dataclasses a `kw_only`, which this Strawberry does not know.
dataclasses.Field.__init__.__defaults__ = (dataclasses.MISSING,)


@strawberry.type
class Query:
    @strawberry.field
    def hello(self) -> str:
        return "world"


app = GraphQL(strawberry.Schema(query=Query))
