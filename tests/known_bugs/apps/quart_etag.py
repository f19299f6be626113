"""A page with an entity tag, sent only where it is news."""

from quart import Quart, make_response, request

app = Quart(__name__)


@app.route("/")
async def page():
    response = await make_response("the page")
    response.set_etag("first")
    return await response.make_conditional(request)
