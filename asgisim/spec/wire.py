"""What only a real socket or a clock can show: both ends of a connection compared.

No check stands here; the drivers with sockets look and name the rule. Each entry of the table is
``id | party | level | since | section`` and below it the demand. Most sections are those of RFCs:
what ASGI leaves to HTTP and WebSocket themselves.
"""

from __future__ import annotations

from asgisim.spec.rules import By, rule

_TABLE = """
http.scope.h2-separate | server | should | 2.0 | www#http
    Requests sharing an HTTP/2 connection get different scopes.
http.scope.h2-streams-matched | server | should | 2.0 | www#http
    Answers on a multiplexed connection go back on the stream that asked.
http.scope.http-version.truth | server | implied | 2.0 | www#http-connection-scope
    http_version is the version of the request on the wire.
http.scope.scheme.truth | server | implied | 2.0 | www#http-connection-scope
    scheme tells https on TLS and http on plain connections unless a trusted proxy says otherwise.
http.scope.path.absolute-form | server | implied | 2.0 | www#http-connection-scope
    path for an absolute-form target is open: the text says request target, the name says path.
http.scope.headers.value-order | server | must | 2.0 | www#http-connection-scope
    Values of one header name keep the order of the request; order between different names is free.
http.scope.headers.duplicates | server | must | 2.0 | www#http-connection-scope
    Repeated headers stay repeated and are passed on as received, without joining.
http.scope.headers.bytes-unchanged | server | must | 2.0 | www#wsgi-encoding-differences
    Header values are the very bytes of the client, including bytes outside ASCII.
http.scope.headers.case-kept | server | should | 2.3 (text 2021-03) | www#http-connection-scope
    Servers keep header case as well as they can (in tension with the lower-case advice).
http.scope.headers.authority-to-host | server | must | 2.1 (text 2019-09) | www#http-connection-scope
    The :authority value becomes the host header, either at the start of the list or in place of an
    existing host.
http.scope.server.unix | server | must | 2.2 | www#http-connection-scope
    For a unix socket server is path and None.
http.request.body.complete | server | must | 2.0 | www#request-receive-event
    The joined pieces equal the body that the client sent.
http.request.body.dechunked | server | must | 2.1 (text 2020-01) | www#request-receive-event
    A chunked request reaches the application as plain body bytes, without sizes, extensions or
    trailers.
http.response.start.headers.any-iterable | server | must | 2.0 | www#response-start-send-event
    The server accepts any iterable of pairs, lists, tuples and generators alike.
http.response.start.headers.order | server | must | 2.0 | www#response-start-send-event
    The response carries the headers in the order given.
http.response.start.headers.duplicates | server | must | 2.0 | www#http
    Repeated response headers go out as given; Set-Cookie is never joined.
http.response.start.transfer-encoding.ignored | server | must | 2.1 (text 2020-01) | www#response-start-send-event
    The server ignores a transfer-encoding header from the application and frames the message
    itself.
http.response.start.content-encoding | server | implied | 2.1 (text 2020-01) | www#response-start-send-event
    content-encoding belongs to the application and passes through untouched.
http.response.start.trailers.wait | server | must | 2.3 (text 2022-09) | www#response-start-send-event
    With trailers true the server holds the message open after the last body until the trailers
    event.
http.response.body.concatenated | server | must | 2.0 | www#response-body-send-event
    The client gets all pieces joined in order, nothing added or lost.
http.response.body.flushed | server | must | 2.0 | www#response-body-send-event
    Before send returns, the piece has been put in the send buffer.
http.response.body.completes | server | must | 2.0 | www#response-body-send-event
    The piece with more_body false completes the response unless trailers are due.
http.response.unfinished | server | implied | 2.0 | main#error-handling
    If the application returns or raises in the middle of a body, the client can tell that the
    message is incomplete.
http.response.missing | server | implied | 2.0 | main#error-handling
    If the application returns without a start, the client still gets an answer (500 in practice) or
    a closed connection rather than silence.
http.send.closed.oserror | server | should | 2.4 | www#disconnected-client-send-exception
    send on a closed connection raises a subclass of OSError made by the server.
http.send.closed.oserror-own-class | server | should | 2.4 | www#disconnected-client-send-exception
    The class is the server's own, not bare OSError.
http.send.closed.server-catches | server | must | 2.4 | www#disconnected-client-send-exception
    The server catches its own error when it comes out of the application.
http.send.closed.not-logged | server | should | 2.4 | www#disconnected-client-send-exception
    That error does not show up as an error in the server log.
http.disconnect.after-client-left | server | must | 2.0 | www#disconnect-receive-event
    receive called after the client left gives http.disconnect.
websocket.scope.app-ends-socket-closes | server | should | 2.0 | www#websocket-connection-scope
    When the application call ends, by return or exception, the socket is closed.
websocket.scope.socket-ends-app-ends | both | should | 2.0 | www#websocket-connection-scope
    When the socket ends the application call comes to an end as well.
websocket.scope.headers.order | server | should | 2.0 | www#websocket-connection-scope
    Headers keep the order of the handshake request.
websocket.scope.headers.duplicates | server | must | 2.0 | www#websocket-connection-scope
    Repeated headers stay repeated.
websocket.scope.headers.case-kept | server | should | 2.3 (text 2021-03) | www#websocket-connection-scope
    Servers keep header case as well as they can.
websocket.scope.headers.authority-to-host | server | must | 2.1 (text 2019-09) | www#websocket-connection-scope
    The :authority value becomes the host header.
websocket.scope.server.unix | server | must | 2.2 | www#websocket-connection-scope
    For a unix socket server is path and None.
websocket.scope.subprotocols.truth | server | must | 2.0 | www#websocket-connection-scope
    subprotocols lists what the client offered, in its order and over all header lines.
websocket.server.ping-answered | server | should | 2.0 | www#websocket
    The server answers pings itself; the application sees none of it.
websocket.server.ping-sent | server | should | 2.0 | www#websocket
    The server sends pings as needed to keep the connection alive.
websocket.server.fragments-joined | server | should | 2.0 | www#websocket
    The server joins fragments and delivers whole messages.
websocket.connect.handshake-held | server | must | 2.0 | www#connect-receive-event
    The handshake is not completed before the application has answered.
websocket.connect.denied-403 | server | must | 2.0 | www#connect-receive-event
    A denied connection gets HTTP 403.
websocket.connect.no-answer | server | implied | 2.0 | www#connect-receive-event
    If the application ends without an answer the client gets an HTTP error rather than silence.
websocket.accept.subprotocol.default | server | must | 2.0 | www#accept-send-event
    A missing subprotocol means none, so no such response header.
websocket.accept.subprotocol.sent | server | must | 2.0 | www#accept-send-event
    The chosen subprotocol appears in the handshake response.
websocket.accept.headers.order | server | must | 2.1 | www#accept-send-event
    The handshake response carries the headers in the order given.
websocket.accept.headers.delivered | server | implied | 2.1 | www#accept-send-event
    Every accept header, duplicates included, reaches the client.
websocket.receive.mode | server | must | 2.0 | www#receive-receive-event
    Text messages arrive under text, binary messages under bytes.
websocket.send.keys-optional | server | must | 2.0 | www#send-send-event
    The server takes a missing key and a None alike, and an empty str or bytes as an empty message.
websocket.send.mode | server | must | 2.0 | www#send-send-event
    text goes out as a text message, bytes as a binary one.
websocket.send.order | server | implied | 2.0 | www#send-send-event
    Messages go out in the order they were sent.
websocket.disconnect.client-close | server | must | 2.0 | www#disconnect-receive-event-ws
    websocket.disconnect comes when the client closes.
websocket.disconnect.server-close | server | must | 2.0 | www#disconnect-receive-event-ws
    websocket.disconnect comes when the server side closes, including after the application's own
    close, a 403 or a denial (maintainer reading in asgiref issue 381).
websocket.disconnect.socket-loss | server | must | 2.0 | www#disconnect-receive-event-ws
    websocket.disconnect comes when the socket is lost without a close frame.
websocket.disconnect.code.from-frame | server | must | 2.0 | www#disconnect-receive-event-ws
    code is the one in the client's close frame.
websocket.disconnect.code.1005 | server | should | 2.3 (text 2022-08) | www#disconnect-receive-event-ws
    code is 1005 when the close frame had none.
websocket.disconnect.code.1006 | server | implied | 2.0 | RFC 6455 7.1.5 and asgiref issue 364
    code is 1006 when the connection was lost or refused without a closing handshake.
websocket.disconnect.reason.from-frame | server | implied | 2.5 | www#disconnect-receive-event-ws
    From 2.5 reason carries the reason of the close frame.
websocket.send.closed.oserror | server | should | 2.4 | www#websocket disconnected-client-send-exception
    send on a closed connection raises the server's own subclass of OSError.
websocket.send.closed.server-catches | server | must | 2.4 | www#websocket disconnected-client-send-exception
    The server catches its own error when it comes out of the application.
websocket.send.closed.not-logged | server | should | 2.4 | www#websocket disconnected-client-send-exception
    That error does not show up as an error in the server log.
websocket.close.before-accept-403 | server | must | 2.0 | www#close-send-event
    websocket.close before accept makes the server answer 403 and close.
websocket.close.before-accept-no-handshake | server | must | 2.0 | www#close-send-event
    After websocket.close before accept the handshake is never completed, whatever is sent later.
websocket.close.code.on-wire | server | must | 2.0 | www#close-send-event
    After accept the close frame carries the given code.
websocket.close.code.default | server | must | 2.0 | www#close-send-event
    A missing code means 1000.
websocket.close.reason.default | server | must | 2.3 | www#close-send-event
    A missing or None reason means the empty string.
websocket.close.reason.on-wire | server | implied | 2.3 | www#close-send-event
    The reason goes out in the close frame.
ext.denial.body-stream | server | must | ext 2018-06 | extensions#websocket-denial-response
    A denial body in several pieces reaches the client whole.
ext.denial.sent-and-closed | server | should | ext 2018-06 | extensions#websocket-denial-response
    The server sends that HTTP response in place of the upgrade and closes.
ext.push.attempted | server | should | ext 2018-06 | extensions#http-2-server-push
    The server tries to push to clients that accept it.
ext.push.authority | server | should | ext 2019-09 | extensions#http-2-server-push
    The promise has the :authority of the request that caused it.
ext.zerocopy.offset.used | server | must | ext 2020-10 | extensions#zero-copy-send
    Reading starts at offset, or at the file's current position if there is none.
ext.zerocopy.count.used | server | must | ext 2020-10 | extensions#zero-copy-send
    count bytes go out, or all up to the end of file if there is none.
ext.zerocopy.as-body | server | must | ext 2020-10 | extensions#zero-copy-send
    Apart from copying, it acts as http.response.body does.
ext.pathsend.as-body | server | must | ext 2023-09 | extensions#path-send
    It sends the whole file and completes the response, as a final body event does.
ext.early-hint.attempted | server | should | ext 2022-08 | extensions#early-hints
    The server tries to send a 103 with the links as link headers.
ext.trailers.more.completes | server | must | ext 2022-09 | extensions#http-trailers
    The event with more_trailers false completes the response and later events are ignored.
ext.trailers.te-gate | server | must | ext 2022-09 | extensions#http-trailers
    Trailers go out only if the request had te: trailers; otherwise they are dropped quietly.
ext.tls.only-on-tls | server | must | ext 2021-07 (0.2) | tls#when-to-use-this-extension
    tls is listed on TLS connections only and never on plain ones.
ext.tls.server-cert.truth | server | must | ext 2021-07 (0.2) | tls#tls-connection-scope
    server_cert is the certificate that the server presented, if known.
ext.tls.client-cert-chain.order | server | must | ext 2021-07 (0.2) | tls#tls-connection-scope
    The client's own certificate is first and each later one signs the one before.
lifespan.exception.server-continues | server | must | 2.0 | lifespan#scope
    If the application raises on the lifespan scope or on lifespan.startup the server starts anyway.
lifespan.startup.before-connections | server | must | 1.0 | lifespan#startup-receive-event
    lifespan.startup comes before connections are taken.
lifespan.startup.complete.awaited | server | must | 1.0 | lifespan#startup-complete-send-event
    The server waits for lifespan.startup.complete before it processes connections.
lifespan.startup.failed.message.default | server | must | 2.0 | lifespan#startup-failed-send-event
    A missing message means the empty string.
lifespan.startup.failed.logged | server | should | 2.0 | lifespan#startup-failed-send-event
    The server logs or prints the message.
lifespan.startup.failed.exits | server | should | 2.0 | lifespan#startup-failed-send-event
    The server then exits and serves nothing.
lifespan.shutdown.after-connections | server | must | 1.0 | lifespan#shutdown-receive-event
    lifespan.shutdown comes after the server stopped accepting and closed all connections.
lifespan.shutdown.sent | server | implied | 1.0 | lifespan#shutdown-receive-event
    On an orderly stop a lifespan that is still running gets lifespan.shutdown.
lifespan.shutdown.complete.awaited | server | must | 1.0 | lifespan#shutdown-complete-send-event
    The server waits for lifespan.shutdown.complete before it terminates.
lifespan.shutdown.failed.message.default | server | must | 2.0 | lifespan#shutdown-failed-send-event
    A missing message means the empty string.
lifespan.shutdown.failed.logged | server | should | 2.0 | lifespan#shutdown-failed-send-event
    The server logs or prints the message.
lifespan.shutdown.failed.terminates | server | should | 2.0 | lifespan#shutdown-failed-send-event
    The server then terminates.
wire.http.status-line | server | must | RFC | RFC 9112 4
    The status line is HTTP-version, space, three digits, space, optional reason; the last space
    stays even without a reason.
wire.http.head-no-body | server | must | RFC | RFC 9110 9.3.2, RFC 9112 6.3
    No body bytes follow a HEAD answer, whatever the application sent; content-length may tell what
    GET would give.
wire.http.204-no-body | server | must | RFC | RFC 9110 15.3.5 and 8.6, RFC 9112 6.1
    A 204 has no body, no content-length and no transfer-encoding.
wire.http.304-no-body | server | must | RFC | RFC 9110 15.4.5, RFC 9112 6.3
    A 304 has no body; a content-length there describes the 200 it stands for.
wire.http.205-no-content | server | must | RFC | RFC 9110 15.3.6
    A 205 carries no content (zero length).
wire.http.1xx-not-final | server | must | RFC | RFC 9110 15.2, RFC 9112 6
    A 1xx never stands as the final answer and never has body or framing headers; an application
    that starts with 1xx is refused.
wire.http.1xx-not-to-http10 | server | must | RFC | RFC 9110 15.2
    No 1xx goes to an HTTP/1.0 client.
wire.http.one-framing | server | must | RFC | RFC 9112 6.2
    content-length and transfer-encoding never appear together in one response.
wire.http.app-te-harmless | server | must | RFC | RFC 9112 6.1 with www#response-start-send-event
    A transfer-encoding from the application cannot break the framing of the message.
wire.http.length-exact | server | must | RFC | RFC 9110 8.6, RFC 9112 6.3
    With a content-length exactly that many body bytes go out on a message that ends cleanly.
wire.http.length-excess | server | must | RFC | RFC 9112 6.3
    Bytes beyond content-length are never put on the connection.
wire.http.length-short | server | must | RFC | RFC 9112 8
    If fewer bytes than content-length come, the connection is closed and not reused.
wire.http.length-unique | server | must | RFC | RFC 9110 8.6
    Differing content-length values never go out.
wire.http.framing-chosen | server | must | RFC | RFC 9112 6.3
    A body without content-length is chunked on 1.1 or ended by closing.
wire.http.chunked-not-to-http10 | server | must | RFC | RFC 9112 6.1
    Chunked framing is not used towards a request older than 1.1.
wire.http.chunked-valid | server | must | RFC | RFC 9112 7.1
    Chunks are well formed, an empty piece does not become the last chunk, and the last chunk comes
    once.
wire.http.abort-visible | server | must | RFC | RFC 9112 8
    An aborted chunked body ends without the last chunk and with a closed connection.
wire.http.no-header-injection | server | must | RFC | RFC 9110 5.5, RFC 9112 11.1
    CR, LF or NUL in a header value from the application cannot create another line; it is refused
    or replaced by a space.
wire.http.header-name-token | server | must | RFC | RFC 9110 5.1
    Header names from the application that are not tokens are refused.
wire.http.set-cookie-apart | server | must | RFC | RFC 9110 5.3
    Several set-cookie lines stay apart.
wire.http.connection-close | server | must | RFC | RFC 9112 9.6
    After a request or response with connection: close the connection ends with that response.
wire.http.persistence | server | should | RFC | RFC 9112 9.3
    A 1.1 connection stays open by default, a 1.0 one closes unless keep-alive was asked for.
wire.http.date | server | must | RFC | RFC 9110 6.6.1
    An origin server with a clock puts a date header on 2xx, 3xx and 4xx answers.
wire.req.te-and-length | server | must | RFC | RFC 9112 6.1, 6.3
    A request with both transfer-encoding and content-length is refused, or read as chunked and the
    connection closed afterwards.
wire.req.length-conflict | server | must | RFC | RFC 9112 6.3, RFC 9110 8.6
    Differing content-length values give 400 and a close; equal ones may be merged or refused.
wire.req.length-syntax | server | must | RFC | RFC 9110 8.6
    A content-length that is not plain digits gives 400.
wire.req.te-unknown | server | should | RFC | RFC 9112 6.1
    An unknown transfer coding gives 501 (or 400).
wire.req.te-not-last | server | must | RFC | RFC 9112 6.3
    A request whose last coding is not chunked gives 400 and a close.
wire.req.te-http10 | server | must | RFC | RFC 9112 6.1
    transfer-encoding on a 1.0 request is treated as faulty framing and the connection is closed
    after it.
wire.req.chunk-size | server | must | RFC | RFC 9112 7.1
    Bad chunk sizes and missing chunk ends give 400; a broken body is never passed off as complete.
wire.req.chunk-extension | server | must | RFC | RFC 9112 7.1.1
    Unknown chunk extensions are ignored (within a size limit).
wire.req.chunk-trailers | server | must | RFC | RFC 9112 7.1.2, RFC 9110 6.5
    Request trailers are dropped or kept apart from headers; they never change framing or routing.
wire.req.space-before-colon | server | must | RFC | RFC 9112 5.1
    Blank between header name and colon gives 400.
wire.req.obs-fold | server | must | RFC | RFC 9112 5.2
    Folded header lines give 400 or are joined with spaces.
wire.req.control-bytes | server | must | RFC | RFC 9110 5.5
    NUL, CR or LF inside a header value is refused or replaced by a space; no other control byte ends a line.
wire.req.bare-cr | server | must | RFC | RFC 9112 2.2
    A bare CR is refused or replaced by a space.
wire.req.bare-lf | server | may | RFC | RFC 9112 2.2
    A bare LF may end a line; all the same, one reading per request.
wire.req.leading-crlf | server | should | RFC | RFC 9112 2.2
    At least one empty line before a request line is ignored.
wire.req.host-missing | server | must | RFC | RFC 9112 3.2
    A 1.1 request without host gives 400.
wire.req.host-many | server | must | RFC | RFC 9112 3.2
    More than one host gives 400, and so does an invalid one (robust.host-invalid).
wire.req.absolute-form | server | must | RFC | RFC 9112 3.2.2
    Absolute-form targets are accepted and their authority overrides host.
wire.req.method-token | server | should | RFC | RFC 9112 3, 2.2
    A request line that does not parse gives 400; methods are case-sensitive.
wire.req.version | server | should | RFC | RFC 9110 2.5, 15.6.6
    A major version that the server does not speak gives 505 or 400.
wire.req.limits | server | should | RFC | RFC 9112 3, RFC 9110 5.4
    Too long targets give 414, too large headers a 4xx such as 431.
wire.req.expect-continue | server | must | RFC | RFC 9110 10.1.1
    With Expect: 100-continue the server sends 100 or a final status; it does not leave the client
    waiting for ever.
wire.req.expect-http10 | server | must | RFC | RFC 9110 10.1.1
    Expect on a 1.0 request is ignored.
wire.req.pipeline-order | server | must | RFC | RFC 9112 9.3.2
    Pipelined requests are answered in order, one whole answer each.
wire.req.pipeline-bodies | server | must | RFC | RFC 9112 9.3.2, 6.3
    Bytes of a following request never end up in the body of the current one or the other way round.
wire.req.unread-body | server | must | RFC | RFC 9112 9.3
    If the application answers without reading the body, the server drains it or closes before it
    reads another request.
wire.req.truncated | server | must | RFC | RFC 9112 8
    A body cut short is not treated as complete; the application gets http.disconnect rather than
    more_body false.
wire.h2.lowercase | server | must | RFC | RFC 9113 8.2.1
    HTTP/2 response header names are in lower case on the wire.
wire.h2.no-connection-headers | server | must | RFC | RFC 9113 8.2.2
    connection, keep-alive, transfer-encoding and upgrade do not appear in HTTP/2 answers.
wire.ws.handshake-check | server | must | RFC | RFC 6455 4.2.1
    A handshake that is not GET, lacks upgrade, connection or a 16-byte base64 key is refused with
    4xx or served as plain HTTP.
wire.ws.handshake-tokens | server | must | RFC | RFC 6455 4.2.1
    upgrade and connection are matched without regard to case and inside lists.
wire.ws.version | server | must | RFC | RFC 6455 4.2.2, 4.4
    A version other than 13 gives 426 (or another error) with sec-websocket-version: 13.
wire.ws.accept-hash | server | must | RFC | RFC 6455 4.2.2
    101 carries upgrade, connection and the right sec-websocket-accept.
wire.ws.101-waits | server | must | RFC | RFC 6455 4.2.2 with www#connect-receive-event
    101 is not sent before websocket.accept.
wire.ws.subprotocol | server | must | RFC | RFC 6455 4.2.2, 4.1
    The response names at most one subprotocol and only one that was offered.
wire.ws.extensions | server | must | RFC | RFC 6455 9.1
    Only offered extensions are negotiated.
wire.ws.reject | server | must | RFC | www#close-send-event
    Close before accept shows up as 403 and an ended HTTP exchange.
wire.ws.server-unmasked | server | must | RFC | RFC 6455 5.1
    Frames from the server are not masked.
wire.ws.client-masked | server | must | RFC | RFC 6455 5.1
    An unmasked client frame ends the connection (1002 is apt).
wire.ws.rsv | server | must | RFC | RFC 6455 5.2
    Reserved bits without an extension end the connection.
wire.ws.opcode | server | must | RFC | RFC 6455 5.2
    Reserved opcodes end the connection.
wire.ws.control-frames | server | must | RFC | RFC 6455 5.5
    Control frames that are fragmented or longer than 125 bytes end the connection.
wire.ws.fragments | server | must | RFC | RFC 6455 5.4
    Fragments are joined, control frames in between are handled, stray continuations and interleaved
    messages end the connection.
wire.ws.length-minimal | server | must | RFC | RFC 6455 5.2
    Server frames use the shortest length form.
wire.ws.pong | server | must | RFC | RFC 6455 5.5.2
    A ping is answered by a pong with the same payload, while the application is busy too.
wire.ws.utf8 | server | must | RFC | RFC 6455 8.1
    Invalid UTF-8 in a text message ends the connection (1007) and never reaches the application.
wire.ws.close-echo | server | must | RFC | RFC 6455 5.5.1
    A close from the client is answered by one close; no data follows a sent close.
wire.ws.close-codes | server | must | RFC | RFC 6455 7.4
    1004, 1005, 1006, 1015 and out of range codes never go out, whatever the application asked for.
wire.ws.close-code-in | server | must | RFC | RFC 6455 7.4
    An illegal code or a one-byte payload in a client close ends the connection with 1002.
wire.ws.close-reason | server | must | RFC | RFC 6455 5.5, 5.5.1
    The reason is UTF-8 and code plus reason fit in 125 bytes; longer ones are cut at a character or
    refused.
wire.ws.tcp-close | server | should | RFC | RFC 6455 7.1.1
    After the closing handshake the server closes the TCP connection first, in bounded time.
wire.ws.abnormal-end | server | should | RFC | RFC 6455 7.1.7, 7.4.1
    When the application fails after accept the server sends a close with an error code such as 1011
    before it drops the connection.
wire.ws.too-big | server | should | RFC | RFC 6455 7.4.1, 10.4
    A message over the limit ends the connection with 1009.
"""


def _enter(table: str) -> None:
    head: list[str] = []
    says: list[str] = []
    for line in [*table.strip().splitlines(), "end"]:
        if line.startswith(" "):
            says.append(line.strip())
            continue
        if head:
            identity, party, level, since, section = head
            rule(identity, party, level, since, section, " ".join(says), by=By.WIRE)
        head, says = line.split(" | "), []


_enter(_TABLE)

rule(
    "robust.websocket-scheme",
    "server",
    "implied",
    "2.0",
    "www#websocket-connection-scope",
    "The scheme of a WebSocket is ws, or wss on TLS.",
    by=By.WIRE,
)
rule(
    "robust.websocket-root-path",
    "server",
    "implied",
    "2.0",
    "www#websocket-connection-scope",
    "The root_path of a WebSocket is that of a request, where the app is mounted.",
    by=By.WIRE,
)
rule(
    "robust.handshake-dropped",
    "server",
    "implied",
    "RFC",
    "RFC 6455 4.2.2",
    "A good handshake gets an answer, also if the client sends more before that has come.",
    by=By.WIRE,
)
rule(
    "robust.server-died",
    "server",
    "implied",
    "2.0",
    "main#error-handling",
    "The server does not end by itself, whatever a client or an app does.",
    by=By.WIRE,
)
rule(
    "robust.server-stuck",
    "server",
    "implied",
    "2.0",
    "main#overview",
    "The server goes on serving, whatever a client or an app does.",
    by=By.WIRE,
)
rule(
    "robust.sends-at-once",
    "server",
    "silent",
    "2.0",
    "django/asgiref issue 436",
    "What several tasks send at once comes out whole, each message once, in any order.",
    by=By.WIRE,
)
rule(
    "robust.date-stands-still",
    "server",
    "must",
    "RFC",
    "RFC 9110 6.6.1",
    "A date is the time of its own answer, not that of an earlier one on the connection.",
    by=By.WIRE,
)
rule(
    "robust.close-said",
    "server",
    "should",
    "RFC",
    "RFC 9112 9.6",
    "The answer to an HTTP/1.1 request with connection: close says close too.",
    by=By.WIRE,
)
rule(
    "robust.host-invalid",
    "server",
    "must",
    "RFC",
    "RFC 9112 3.2",
    "A host that is no host, as one with a blank or a slash in it, gives 400.",
    by=By.WIRE,
)
rule(
    "robust.date-twice",
    "server",
    "must",
    "RFC",
    "RFC 9110 5.3, 6.6.1",
    "A date is no list: no answer has two lines of it, whatever its status.",
    by=By.WIRE,
)
rule(
    "robust.1xx-framing",
    "server",
    "must",
    "RFC",
    "RFC 9112 6.1, RFC 9110 8.6",
    "A 1xx, given out as the final answer or not, has neither transfer-encoding nor content-length.",
    by=By.WIRE,
)
