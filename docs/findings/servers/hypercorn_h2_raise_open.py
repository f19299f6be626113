"""common.error.terminate-instance, over HTTP/2: the app raised in the middle, the stream is not ended."""

from _http2 import Streams
from _run import answer, main


async def app(scope, receive, send):
    assert scope["type"] == "http"
    if scope["path"] == "/other":
        await answer(send)
        return
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise RuntimeError("in the middle")


def check(served):
    with served.connect() as sock:
        client = Streams(sock)
        number = client.ask()
        client.until(number, "data")
        others = 0
        for _ in range(4):  # which keep the connection: idle, it would be ended after 5 s
            others += client.until(client.ask("GET", "/other"), "end")[-1:] == ["end"]
            seen = client.until(number, "reset", wait=2)
    told = client.ended or any(one.startswith(("reset", "end")) for one in seen)
    return (
        not told,
        f"{seen}, then {'an end' if told else 'nothing'} in 8 s, {others} others were served",
    )


if __name__ == "__main__":
    main(__file__, check, "hypercorn")
