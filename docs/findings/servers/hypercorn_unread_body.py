"""common.send.returns: an app that answers before it reads a body of many chunks is stuck in send."""

import asyncio

from _run import answer, main, note


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await asyncio.sleep(0.5)  # the chunks have come
    try:
        await asyncio.wait_for(answer(send, 200, [], b"fine"), 4)
        note("sent")
    except TimeoutError:
        note("send did not return for 4 s")


def check(served):
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with served.connect() as client:
        client.sendall(head + b"1\r\nz\r\n" * 40 + b"0\r\n\r\n")
        seen = served.seen(wait=7)
    return seen != ["sent"], seen


if __name__ == "__main__":
    main(__file__, check, "hypercorn")
