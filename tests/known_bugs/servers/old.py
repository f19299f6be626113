"""Servers from before ASGI 3: the puppet is given to them in the shape that they know."""

from __future__ import annotations

from dataclasses import replace

from asgisim.servers.base import Launch
from asgisim.servers.daphne import DAPHNE


def _command(launch: Launch) -> list[str]:
    return DAPHNE.command(replace(launch, app=launch.app.replace(":app", ":old")))


DAPHNE_2 = replace(DAPHNE, command=_command)
