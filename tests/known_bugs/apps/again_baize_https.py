"""Sends everyone to the same page over https."""

from baize.asgi import RedirectResponse, request_response


@request_response
async def secure(request):
    return RedirectResponse(request.url.replace(scheme="https"))


app = secure
