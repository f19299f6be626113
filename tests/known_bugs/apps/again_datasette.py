"""Datasette with one database, in memory."""

from datasette.app import Datasette

app = Datasette([], memory=True).app()
