"""Counts what it is sent."""

from quart import Quart, request

app = Quart(__name__)


@app.route("/", methods=["POST"])
async def hook():
    return str(len(await request.get_data()))
