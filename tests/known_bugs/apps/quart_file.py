"""A file to download, also in part."""

from pathlib import Path

from quart import Quart, send_file

app = Quart(__name__)
FILE = Path(__file__).parent / "files" / "report.txt"


@app.route("/")
async def report():
    return await send_file(FILE, conditional=True)
