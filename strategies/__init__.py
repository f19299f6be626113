"""Hypothesis strategies for ASGI scopes and scenarios, imported as ``asgisim.strategies``."""

if __name__ != "asgisim.strategies":  # imported by folder: there would be two of every class
    raise ImportError("import asgisim.strategies, not strategies")
