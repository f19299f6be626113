"""One mutant of the reference app for each rule that a single app can break; a module for each protocol."""

from __future__ import annotations

from tests.mutants import (
    common_mutants,
    extension_mutants,
    http_mutants,
    lifespan_mutants,
    ours_mutants,
    websocket_mutants,
)

MUTANTS = [
    *common_mutants.MUTANTS,
    *http_mutants.MUTANTS,
    *websocket_mutants.MUTANTS,
    *extension_mutants.MUTANTS,
    *lifespan_mutants.MUTANTS,
    *ours_mutants.MUTANTS,
]
