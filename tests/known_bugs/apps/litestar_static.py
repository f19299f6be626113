"""A folder of files."""

from pathlib import Path

from litestar import Litestar
from litestar.static_files import create_static_files_router

FILES = Path(__file__).parent / "files"

app = Litestar([create_static_files_router(path="/static", directories=[FILES])])
