"""`asgisim serve`: a real server for an app, as the fixtures start it, until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
import time

from asgisim.cli.status import OK, UsageError
from asgisim.servers import ServerError
from asgisim.serving import Serving
from asgisim.target import parse

_TICK = 0.2  # seconds between two looks at the log


def serve(options: argparse.Namespace) -> int:
    """Start the server, tell its address, pass its log on; returns when it ends or Ctrl-C is pressed."""
    module, attribute = parse(options.app)
    try:
        server = Serving(
            f"{module}:{attribute}",
            options.server,
            loop=options.loop,
            host=options.host,
            port=options.port,
            root_path=options.root_path,
        ).start()
    except ServerError as error:
        raise UsageError(str(error)) from None
    try:
        print(f"{options.app} on {server.server.name}: {server.url} (Ctrl-C stops it)", flush=True)
        _pass_on(server)
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()
    return OK


def _pass_on(server: Serving) -> None:
    """Write what the server logs to standard error until it ends. Raises UsageError if it does."""
    told = 0
    while True:
        ended = server.status is not None
        log = server.log()
        sys.stderr.write(log[told:])
        sys.stderr.flush()
        told = len(log)
        if ended:
            raise UsageError(f"{server.server.name} ended with status {server.status}")
        time.sleep(_TICK)
