"""A client for HTTP/2 by prior knowledge, with the h2 library: one connection, what came on each stream."""

import time

import h2.config
import h2.connection
import h2.events


class Streams:
    """events: for each stream what came, in words. ended: whether the server has ended the connection."""

    def __init__(self, sock):
        self.sock, self.ended, self.events = sock, False, {}
        settings = h2.config.H2Configuration(header_encoding="latin-1", validate_inbound_headers=False)
        self.h2 = h2.connection.H2Connection(settings)
        self.h2.initiate_connection()

    def ask(self, method="GET", path="/", body=None, open=False):
        """The number of the stream; open: more of the body follows."""
        number = self.h2.get_next_available_stream_id()
        head = [(":method", method), (":scheme", "http"), (":authority", "localhost"), (":path", path)]
        self.h2.send_headers(number, head, end_stream=body is None and not open)
        if body is not None:
            self.h2.send_data(number, body, end_stream=not open)
        self.h2.streams[number]._initialize_content_length = lambda headers: None  # looked at by us
        self.events[number] = []
        self.write()
        return number

    def more(self, number, body, last=False):
        """More of a body."""
        self.h2.send_data(number, body, end_stream=last)
        self.write()

    def write(self):
        self.sock.sendall(self.h2.data_to_send())

    def until(self, number, word, wait=4):
        """Read until something that begins with the word has come on the stream. Returns all that came."""
        end = time.monotonic() + wait
        while not any(one.startswith(word) for one in self.events[number]) and not self.ended:
            left = end - time.monotonic()
            if left <= 0:
                break
            self.sock.settimeout(left)
            try:
                data = self.sock.recv(65536)
            except TimeoutError:
                break
            except OSError:
                data = b""
            self.ended = not data
            for event in self.h2.receive_data(data):
                self.take(event)
            self.write() if data else None
        return self.events[number]

    def take(self, event):
        told = self.events.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.ConnectionTerminated):
            self.ended = True
        elif told is None:
            return
        elif isinstance(event, h2.events.ResponseReceived):
            named = dict(event.headers)
            told.append(f"status {named[':status']}, content-length {named.get('content-length')}")
        elif isinstance(event, h2.events.DataReceived):
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            told.append(f"data {event.data!r}") if event.data else None
        elif isinstance(event, h2.events.StreamEnded):
            told.append("end")
        elif isinstance(event, h2.events.StreamReset):
            told.append(f"reset {event.error_code}")
