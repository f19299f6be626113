"""What all tests need of the process they run in."""

from __future__ import annotations

import signal

# A shell ignores Ctrl-C on behalf of what it starts in the background, and so would all that tests start
# from there; a handler that is Python's own is not handed down.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
