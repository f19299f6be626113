"""A file of which parts can be had."""

import pathlib

from quart import Quart, send_file

app = Quart(__name__)
REPORT = pathlib.Path(__file__).parent / "files" / "report.txt"


@app.route("/")
async def report():
    return await send_file(REPORT, conditional=True)
