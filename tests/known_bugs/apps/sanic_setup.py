"""What the Sanic apps share."""

from sanic import Sanic

Sanic.test_mode = True  # the name of an app may be used again


def make(name):
    """A quiet Sanic app."""
    made = Sanic(name)
    made.config.ACCESS_LOG = False
    return made
