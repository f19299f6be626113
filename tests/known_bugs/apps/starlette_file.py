"""Sends one file."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import FileResponse
from starlette.routing import Route

REPORT = Path(__file__).parent / "files" / "report.txt"


async def report(request):
    return FileResponse(str(REPORT), media_type="text/plain")


app = Starlette(routes=[Route("/", report)])
