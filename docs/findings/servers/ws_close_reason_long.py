"""wire.ws.close-reason: a long reason makes a frame too long, or is cut within a character."""

from _run import main


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": 1000, "reason": "\u00e9" * 90})


def check(served):
    client, _ = served.websocket()
    seen = served.rest(client, wait=2)
    at = seen.find(b"\x88")
    if at < 0:
        return False, "no close frame"
    if seen[at + 1] & 0x7F > 125:
        return True, f"a control frame with a length of the long form ({len(seen) - at} bytes)"
    reason = seen[at + 4 : at + 2 + seen[at + 1]]
    try:
        return False, f"{len(reason.decode())} characters"
    except UnicodeDecodeError as error:
        return True, f"{len(reason)} bytes, {error.reason}"


if __name__ == "__main__":
    main(__file__, check, "granian", "gunicorn")
