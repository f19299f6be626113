"""A file of which parts can be had."""

import pathlib

from baize.asgi import FileResponse, request_response

REPORT = pathlib.Path(__file__).parent / "files" / "report.txt"


@request_response
async def report(request):
    return FileResponse(str(REPORT))


app = report
