"""Lilya's middleware that forbids frames, around a plain app."""

from lilya.middleware.clickjacking import XFrameOptionsMiddleware


def make(app):
    return XFrameOptionsMiddleware(app)
