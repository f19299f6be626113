"""Pages in the browser are loaded again when the code changes."""

from fastapi_reloader.patcher import patch_for_auto_reloading


def make(app):
    return patch_for_auto_reloading(app)
