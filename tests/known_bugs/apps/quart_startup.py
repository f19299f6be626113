"""Opens its database before it serves; the database is away."""

from quart import Quart

app = Quart(__name__)


@app.before_serving
async def connect():
    raise ConnectionRefusedError("no database at localhost")


@app.route("/")
async def home():
    return app.database.name
