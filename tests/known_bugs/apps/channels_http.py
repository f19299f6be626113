"""A Django page, served by the handler of Channels 3."""

from django_setup import configure

configure(__name__, "channels")

from channels.http import AsgiHandler  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402


def home(request):
    return HttpResponse(request.get_full_path())


urlpatterns = [path("", home)]
app = AsgiHandler()
