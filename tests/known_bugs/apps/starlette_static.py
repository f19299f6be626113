"""A folder of files."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

app = Starlette(
    routes=[Mount("/static", app=StaticFiles(directory=str(Path(__file__).parent / "files")), name="static")]
)
