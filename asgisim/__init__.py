"""asgisim: the reference ASGI protocol simulator and fuzzer."""

__version__ = "0.1.0"
