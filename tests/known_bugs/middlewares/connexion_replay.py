"""The body is read first, and given to the app again as connexion's validators do."""

from connexion.validators import AbstractRequestBodyValidator


def make(app):
    async def validating(scope, receive, send):
        if scope["type"] != "http":
            return await app(scope, receive, send)
        messages = []
        more = True
        while more:
            messages.append(await receive())
            more = messages[-1].get("more_body", False)
        again = AbstractRequestBodyValidator._insert_messages(receive, messages=messages)
        await app(scope, again, send)

    return validating
