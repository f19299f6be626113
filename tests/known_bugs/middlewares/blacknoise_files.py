"""Files beside the app; there are none."""

from blacknoise import BlackNoise


def make(app):
    return BlackNoise(app)
