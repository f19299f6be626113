"""Files in front of the app; there are none."""

from servestatic import ServeStaticASGI


def make(app):
    return ServeStaticASGI(app)
