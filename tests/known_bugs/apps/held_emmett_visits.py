"""Counts a client's visits."""

from emmett import App, request, response

app = App(__name__)


@app.route("/")
async def home():
    visits = request.cookies.get("visits")
    number = int(visits.value) + 1 if visits and visits.value.isdigit() else 1
    response.cookies["visits"] = str(number)
    return f"{number}"
