"""robust.websocket-scheme: over TLS the scope of a WebSocket has no scheme, whose default is "ws"."""

import socket
import ssl
import tempfile

import trustme
from _run import WEBSOCKET, main, note


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    note(scope.get("scheme", "missing"))
    await receive()
    await send({"type": "websocket.close"})


def check(served):
    plain = served.connect()
    with socket.create_connection(("127.0.0.1", PORT), timeout=4) as sock:
        context = ssl.create_default_context(cafile=CERT)
        with context.wrap_socket(sock, server_hostname="localhost") as client:
            client.sendall(WEBSOCKET % b"")
            seen = served.seen()
    plain.close()
    return seen != ["wss"], seen


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0)) as free:
        PORT = free.getsockname()[1]
    folder = tempfile.mkdtemp()
    authority = trustme.CA()
    issued, CERT, both = authority.issue_cert("localhost"), f"{folder}/ca.pem", f"{folder}/both.pem"
    authority.cert_pem.write_to_path(CERT)
    issued.private_key_and_cert_chain_pem.write_to_path(both)
    endpoint = f"ssl:{PORT}:privateKey={both}:certKey={both}:interface=127.0.0.1"
    main(__file__, check, "daphne", options=("--endpoint", endpoint))
