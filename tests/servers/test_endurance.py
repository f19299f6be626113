"""Starts and stops in a row, in a short form: nothing is left, and what is left would be noticed."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from asgisim.servers import endurance


@pytest.mark.parametrize("name", endurance.PLAIN)
def test_nothing_is_left(name: str) -> None:
    outcome = endurance.run(name, 2)
    assert outcome.count == 2
    assert outcome.left == []
    assert "nothing left" in outcome.line()


def test_what_is_left_is_noticed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        own = os.getpgrp()
        running: Any = SimpleNamespace(
            pid=own, folder=tmp_path, host=host, port=port, address=lambda: (host, port)
        )
        left = "\n".join(endurance.left_of(running))
    assert f"a process of group {own} lives" in left
    assert f"{tmp_path} is there" in left
    assert "the port does not refuse" in left
    assert "the port is in use" in left


def test_a_descriptor_more_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[socket.socket] = []
    real = endurance.left_of

    def leaking(running: Any) -> list[str]:
        kept.append(socket.socket())
        return real(running)

    monkeypatch.setattr(endurance, "left_of", leaking)
    outcome = endurance.run("reference", 1)
    for one in kept:
        one.close()
    assert outcome.left == ["1 more file descriptors than before"]
