"""A search page."""

from quart import Quart, request

app = Quart(__name__)


@app.route("/")
async def search():
    return f"nothing found for {request.args.get('q', '')!r}"
