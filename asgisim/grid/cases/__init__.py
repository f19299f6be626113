"""The contract cases of the grid, by category."""

from __future__ import annotations

import functools

from asgisim.grid.cases import (
    disconnect,
    errors,
    headers,
    http_messages,
    http_scope,
    lifespan,
    methods,
    rules,
    streaming,
    upload,
    websocket_ends,
)
from asgisim.grid.cases.table import Row, rows


@functools.cache
def every() -> tuple[Row, ...]:
    """All rows, in the order of the categories."""
    return tuple(
        rows(
            http_scope.TABLE,
            http_messages.TABLE,
            websocket_ends.TABLE,
            lifespan.TABLE,
            streaming.TABLE,
            disconnect.TABLE,
            methods.TABLE,
            headers.TABLE,
            upload.TABLE,
            errors.TABLE,
            rules.TABLE,
        )
    )
