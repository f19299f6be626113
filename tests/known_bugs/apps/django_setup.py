"""The settings that the Django and Channels apps share."""

import django
from django.conf import settings


def configure(urls, *installed):
    """Set Django up with this module as its URL configuration."""
    settings.configure(
        ALLOWED_HOSTS=["*"],
        DATABASES={},
        DEBUG=False,
        INSTALLED_APPS=list(installed),
        MIDDLEWARE=[],
        ROOT_URLCONF=urls,
        SECRET_KEY="not a secret",
    )
    django.setup()
