"""Django's sessions, in signed cookies, for each connection."""

import django
from django.conf import settings

settings.configure(SECRET_KEY="secret", SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies")
django.setup()


def make(app):
    from channels.sessions import SessionMiddlewareStack  # only once Django is set up

    return SessionMiddlewareStack(app)
