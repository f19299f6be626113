"""Tables of values for scopes and events: plain ones first, then those that real programs stumble over.

Random text does not reach the code behind a header: near-valid values of known names do. Every value
here is one that a server may hand on, so an app has to cope with it.
"""

from __future__ import annotations

from itertools import zip_longest

LONG_TEXT = "a" * 300

# name -> values. Names stay in lower case; mixed case is an edit of the whole scope.
_WELL_FORMED: dict[bytes, tuple[bytes, ...]] = {
    b"host": (b"localhost", b"localhost:8000", b"example.com", b"[::1]:8000"),
    b"accept": (b"*/*", b"application/json", b"text/html, application/json;q=0.9, */*;q=0.1"),
    b"accept-encoding": (b"gzip", b"gzip, deflate, br", b"identity", b"br;q=1.0, gzip;q=0.5, *;q=0"),
    b"accept-language": (b"en", b"en-GB,en;q=0.8"),
    b"authorization": (b"Bearer token", b"Basic YTpi"),
    b"cache-control": (b"no-cache",),
    b"connection": (b"keep-alive", b"close"),
    b"cookie": (b"a=1", b"a=1; b=2", b"session=abc.def.ghi"),
    b"expect": (b"100-continue",),
    b"if-modified-since": (b"Wed, 21 Oct 2015 07:28:00 GMT",),
    b"if-none-match": (b'"abc"', b'W/"abc"', b"*"),
    b"origin": (b"http://localhost", b"https://example.com", b"null"),
    b"range": (b"bytes=0-0", b"bytes=0-4", b"bytes=-1", b"bytes=0-"),
    b"referer": (b"http://localhost/",),
    b"user-agent": (b"asgisim",),
    b"x-forwarded-for": (b"192.0.2.1", b"192.0.2.1, 198.51.100.2"),
    b"x-forwarded-proto": (b"https", b"http"),
    b"x-forwarded-host": (b"example.com",),
    b"x-requested-with": (b"XMLHttpRequest",),
}

_ODD: dict[bytes, tuple[bytes, ...]] = {
    b"host": (
        b"[",
        b"localhost:abc",
        b"localhost:99999",
        b"",
        b"localhost:",
        b"\xe9",
        b"[::1",
        b":80",
        b"a b",
        b"user@host",
        b"xn--\xff",
        b"host,other",
    ),
    b"accept": (b"", b"/", b"text", b";q=1", b"*/*;q=abc", b"a/b;", b"text/html;q=2", b"\xff/\xfe"),
    b"accept-encoding": (b"", b"gzip;q=abc", b"gzip;q=", b";", b",,", b"*", b"\xff"),
    b"accept-language": (b"", b";q=1", b"en;q=", b"\xe9", b"-", b"a" * 600),
    b"authorization": (b"", b"Basic", b"Basic !", b"Basic YQ==", b"Basic \xff", b"Bearer", b"\xe9 \xe9"),
    b"access-control-request-method": (b"", b"POST", b"\xff"),
    b"access-control-request-headers": (b"", b"x-a, x-b", b",", b"\xe9"),
    b"content-encoding": (b"gzip", b"", b"unknown"),
    # No number but the true one: a server that hands on less or more of a body lies.
    b"content-length": (b"", b"abc", b"-1", b"1, 1", b"+1", b"1.0", b"\xb2"),
    b"content-type": (
        b"",
        b";",
        b"application/json; charset=",
        b"application/json; charset=unknown",
        b"multipart/form-data",
        b"multipart/form-data; boundary=",
        b'multipart/form-data; boundary="',
        b"multipart/form-data; boundary=\xff",
        b"text",
        b"/",
        b"\xff/\xff",
        b"application/x-www-form-urlencoded; charset=utf-16",
    ),
    b"cookie": (
        b"",
        b"a",
        b"=",
        b"=1",
        b";",
        b"a=",
        b'a="',
        b"a=\xe9",
        b"\xff=\xff",
        b"a,b=2",
        b"a=1;;b=2",
        b"a=1; a=2",
        b"session=not.a.session",
        b"session=1",
        b"sessionid=1",
        b"session=",
        b"csrftoken=\xff",
        b"$Version=1; a=1",
        b"a=" + b"x" * 5000,
    ),
    b"date": (b"yesterday",),
    b"expect": (b"\xff",),
    b"forwarded": (b'for="[', b"for=;", b"\xff"),
    b"if-match": (b"", b"abc", b'"'),
    b"if-modified-since": (b"", b"yesterday", b"Wed, 99 Oct 99999 07:28:00 GMT", b"\xff"),
    b"if-none-match": (b"", b"abc", b'"', b'W/"', b"\xff", b",,"),
    b"if-range": (b'"abc"', b"yesterday", b"\xff"),
    b"origin": (b"", b"http://[", b"//", b"\xe9", b"http://localhost:99999", b"localhost"),
    b"range": (
        b"",
        b"bytes",
        b"bytes=",
        b"bytes=-",
        b"bytes=-0",
        b"bytes=a-b",
        b"bytes=5-1",
        b"bytes=999999-",
        b"bytes=0-0,2-2",
        b"bytes=0-9,5-20",
        b"bytes=,",
        b"bytes=\xb2-\xb3",
        b"items=0-1",
        b"\xff",
    ),
    b"referer": (b"", b"http://[", b"\xe9"),
    b"te": (b"trailers",),
    b"transfer-encoding": (b"chunked",),
    b"upgrade": (b"websocket", b"h2c"),
    b"x-forwarded-for": (b"", b"unknown", b"::1]", b",", b"\xff", b"192.0.2.1:99999"),
    b"x-forwarded-host": (b"", b"[", b"\xff"),
    b"x-forwarded-port": (b"abc", b"", b"99999"),
    b"x-forwarded-prefix": (b"/", b"\xff"),
    b"x-forwarded-proto": (b"", b"\xff", b"https,http", b"wss"),
    b"x-http-method-override": (b"DELETE", b""),
    b"x-empty": (b"",),
    b"x-latin": (b"caf\xe9", b"\x80\xff", b"\xc3\x28"),
    b"x-long": (b"a" * 9000,),
    b"x-null": (b"null",),
    b"x-request-id": (b"1", b"", b"\xe9", b"a" * 300),
}

# The same for any header of a request: pairs, plain ones first.
GOOD_HEADERS = tuple((name, value) for name, values in _WELL_FORMED.items() for value in values)
ODD_HEADERS = tuple((name, value) for name, values in _ODD.items() for value in values)
HEADERS = GOOD_HEADERS + ODD_HEADERS
# The odd ones in turn: the first value of each name, then the second, so that no name has to wait.
ODD_IN_TURN = tuple(
    (name, value)
    for row in zip_longest(*([(name, value) for value in values] for name, values in _ODD.items()))
    for name, value in filter(None, row)
)

# Several lines at once: repeated names, many of one kind, huge heads.
HEADER_GROUPS: tuple[tuple[tuple[bytes, bytes], ...], ...] = (
    ((b"x-twice", b"1"), (b"x-twice", b"2")),
    ((b"cookie", b"a=1"), (b"cookie", b"b=2")),
    ((b"accept", b"text/html"), (b"accept", b"application/json")),
    ((b"host", b"localhost"), (b"host", b"example.com")),
    ((b"content-type", b"text/plain"), (b"content-type", b"application/json")),
    ((b"x-forwarded-for", b"192.0.2.1"), (b"x-forwarded-for", b"198.51.100.2")),
    ((b"origin", b"https://example.com"), (b"access-control-request-method", b"POST")),
    ((b"authorization", b""), (b"authorization", b"")),
    tuple((b"cookie", b"c%d=%d" % (n, n)) for n in range(40)),
    tuple((b"x-many-%d" % n, b"v") for n in range(100)),
    ((b"cookie", b"; ".join(b"c%d=%d" % (n, n) for n in range(200))),),
)

# What follows the question mark, still percent-encoded.
QUERIES: tuple[bytes, ...] = (
    b"",
    b"a=1",
    b"a=1&b=2",
    b"a=1&a=2",
    b"a",
    b"=",
    b"&",
    b"&&a=1&",
    b"a=%",
    b"a=%zz",
    b"a=%ff",
    b"a=%00",
    b"%C3%A9=%C3%A9",
    b"a=caf%e9",
    b"a=\xe9",
    b"\xff\xfe",
    b"a=1;b=2",
    b"a[]=1&a[b]=2",
    b"a=+%2B%20",
    b"q=1&page=abc&limit=-1&id=99999999999999999999",
    b"?a=1",
    b"a=" + b"x" * 5000,
    b"&".join(b"p%d=1" % n for n in range(200)),
)

# Put behind the path of a route: decoded text, and the same as received.
PATH_TAILS: tuple[tuple[str, bytes], ...] = (
    ("/", b"/"),
    ("//", b"//"),
    ("/x", b"/x"),
    ("/..", b"/.."),
    ("/../", b"/../"),
    ("/%2e%2e/", b"/%252e%252e/"),
    ("/./x", b"/./x"),
    ("/\x00", b"/%00"),
    ("/\xe9", b"/%C3%A9"),
    ("/\u65e5\u672c", b"/%E6%97%A5%E6%9C%AC"),
    ("/\U0001f600", b"/%F0%9F%98%80"),
    ("/\ufffd", b"/%FF"),
    ("/a/b", b"/a%2Fb"),
    ("/a b", b"/a%20b"),
    ("/a+b", b"/a+b"),
    ("/a%b", b"/a%25b"),
    ("/a;b=1", b"/a;b=1"),
    ("/\r\n", b"/%0D%0A"),
    ("/" + LONG_TEXT, b"/" + LONG_TEXT.encode()),
    ("/\\..\\x", b"/%5C..%5Cx"),
    (".", b"."),
    ("\x00", b"%00"),
)

# Upper-case tokens: the usual ones, extensions of HTTP, names that Python classes happen to have.
METHODS = (
    "GET",
    "POST",
    "HEAD",
    "PUT",
    "DELETE",
    "PATCH",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "QUERY",
    "PROPFIND",
    "M-SEARCH",
    "X",
    "!#$%&'*+.^_`|~1",
    "DISPATCH",
    "SETUP",
    "AS_VIEW",
    "HANDLER",
    "REQUEST",
    "__INIT__",
    "__CLASS__",
    "METHOD_NOT_ALLOWED",
    "WEBSOCKET",
)

_MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    b'--b\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\nhello\r\n--b--\r\n"
)
_FORM = b"application/x-www-form-urlencoded"
_PARTS = b"multipart/form-data; boundary=b"

# (content type or None, body): well-formed pairs.
GOOD_BODIES: tuple[tuple[bytes | None, bytes], ...] = (
    (None, b""),
    (None, b"hello"),
    (b"text/plain", b"hello"),
    (b"application/json", b"{}"),
    (b"application/json", b'{"a": 1, "b": [null, true, "c"]}'),
    (b"application/json; charset=utf-8", '{"a": "\xe9\u65e5"}'.encode()),
    (b"application/json", b"[]"),
    (_FORM, b"a=1&b=2"),
    (_FORM, b"a=%C3%A9&a=+"),
    (_PARTS, _MULTIPART),
    (b"application/octet-stream", bytes(range(256))),
    (b"text/plain; charset=utf-8", "caf\xe9 \u65e5\u672c".encode()),
)

# The same where the two do not go together, or the body is broken off or odd.
ODD_BODIES: tuple[tuple[bytes | None, bytes], ...] = (
    (b"application/json", b""),
    (b"application/json", b"{"),
    (b"application/json", b"null"),
    (b"application/json", b"1e999"),
    (b"application/json", b'"\xff"'),
    (b"application/json", b'{"a": NaN}'),
    (b"application/json", b'"\\ud800"'),
    (b"application/json", b"[" * 300 + b"]" * 300),
    (b"application/json; charset=latin-1", b'{"a": "\xe9"}'),
    (_FORM, b""),
    (_FORM, b"&&=&a&%"),
    (_FORM, b"a=%ff&\xff=1"),
    (_FORM, b"&".join(b"f%d=1" % n for n in range(300))),
    (_PARTS, b""),
    (_PARTS, _MULTIPART[:50]),
    (_PARTS, _MULTIPART[:-8]),
    (_PARTS, _MULTIPART.replace(b"\r\n", b"\n")),
    (_PARTS, b"--b\r\n\r\nx\r\n--b--\r\n"),
    (_PARTS, _MULTIPART.replace(b'name="a"', b'name="\xff"')),
    (_PARTS, b"preamble\r\n" + _MULTIPART + b"epilogue"),
    (b"multipart/form-data; boundary=other", _MULTIPART),
    (b"text/plain; charset=unknown", b"hello"),
    (b"application/msgpack", b"\x81\xa1a\x01"),
    (b"application/x-unknown", b"\x00\xff\r\n\r\n"),
    (None, b"\r\n\r\n"),
    (None, b"\xff\xfe\x00"),
    (None, b"x" * 10_001),
    (b"application/octet-stream", b"\x00" * 70_000),
)
BODIES = GOOD_BODIES + ODD_BODIES

# A WebSocket message: str and bytes, plain ones first.
MESSAGES: tuple[str | bytes, ...] = (
    "hello",
    b"hello",
    "",
    b"",
    '{"a": 1}',
    "[]",
    "{",
    "null",
    b'{"a": 1}',
    b"\xff\xfe",
    "\xe9\u65e5\U0001f600",
    "\x00",
    b"\x00",
    "x" * 10_001,
    b"x" * 70_000,
    '{"type": "unknown"}',
    '{"type": "subscribe", "id": null}',
    "ping",
)

# How a WebSocket client goes away: None is a lost socket, 1005 a close frame without a code.
CLOSES: tuple[dict[str, object] | None, ...] = (
    {"code": 1000, "reason": ""},
    {"code": 1005, "reason": ""},
    None,
    {"code": 1001, "reason": ""},
    {"code": 1001, "reason": "going away"},
    {"code": 1000},
    {"code": 4000, "reason": "own code"},
    {"code": 3000},
    {"code": 1011, "reason": "\xe9"},
    {"code": 1009, "reason": "a" * 123},
    {"code": 1012},
    {"code": 4999, "reason": ""},
)
