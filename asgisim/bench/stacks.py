"""One endpoint behind so many equal middlewares that do nothing, for every framework and style of middleware.

Each middleware counts that it was passed, so that it can be asserted that all of them were; nothing else.
Styles: ``asgi`` is a function of scope, receive and send, put where the framework puts such, or around it
where it has no place for them; ``native`` is the framework's own kind; ``decorator`` is that by decorator,
where there is one.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

ANSWER = b"pong"
COUNTS = (0, 1, 2, 5, 10, 20)
passed = [0]  # how often any middleware of this process was passed


class Stack(NamedTuple):
    """A framework with a style. needs: the module that it cannot do without; make: of the count."""

    framework: str
    style: str
    needs: str
    make: Callable[[int], Any]

    @property
    def name(self) -> str:
        """``starlette, native``."""
        return f"{self.framework}, {self.style}"


class Pass:
    """The middleware as ASGI knows it."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            passed[0] += 1
        await self.app(scope, receive, send)


def around(app: Any, count: int) -> Any:
    """The app behind `count` of them."""
    for _ in range(count):
        app = Pass(app)
    return app


def _of(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


async def _answer(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        for name in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{name}.complete"})
        return
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"4")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": ANSWER})


def _starlette(middleware: list[Any]) -> Any:
    plain = _of("starlette.responses", "PlainTextResponse")

    async def pong(request: Any) -> Any:
        return plain(ANSWER)

    routes = [_of("starlette.routing", "Route")("/", pong)]
    return _of("starlette.applications", "Starlette")(routes=routes, middleware=middleware)


def _starlette_asgi(count: int) -> Any:
    return _starlette([_of("starlette.middleware", "Middleware")(Pass) for _ in range(count)])


async def _dispatch(request: Any, call_next: Any) -> Any:
    passed[0] += 1
    return await call_next(request)


def _starlette_native(count: int) -> Any:
    base = _of("starlette.middleware.base", "BaseHTTPMiddleware")
    made = _of("starlette.middleware", "Middleware")
    return _starlette([made(base, dispatch=_dispatch) for _ in range(count)])


def _fastapi(count: int, style: str) -> Any:
    plain = _of("fastapi.responses", "PlainTextResponse")
    app = _of("fastapi", "FastAPI")(openapi_url=None)

    async def pong() -> str:
        return ANSWER.decode()

    app.get("/", response_class=plain)(pong)
    for _ in range(count):
        if style == "asgi":
            app.add_middleware(Pass)
        elif style == "native":
            app.add_middleware(_of("starlette.middleware.base", "BaseHTTPMiddleware"), dispatch=_dispatch)
        else:
            app.middleware("http")(_dispatch)
    return app


def _litestar(count: int, style: str) -> Any:
    base: Any = _of("litestar.middleware", "ASGIMiddleware")

    class Native(base):  # type: ignore[misc]
        scopes = (_of("litestar.enums", "ScopeType").HTTP,)

        async def handle(self, scope: Any, receive: Any, send: Any, next_app: Any) -> None:
            passed[0] += 1
            await next_app(scope, receive, send)

    async def pong() -> str:
        return ANSWER.decode()

    pong.__annotations__ = {"return": str}  # Litestar evaluates them
    made: list[Any] = [Pass] * count if style == "asgi" else [Native() for _ in range(count)]
    handler = _of("litestar", "get")("/", media_type="text/plain")(pong)
    return _of("litestar", "Litestar")([handler], middleware=made, openapi_config=None, logging_config=None)


def _blacksheep(count: int, style: str) -> Any:
    app = _of("blacksheep", "Application")(router=_of("blacksheep", "Router")())
    response, content = _of("blacksheep", "Response"), _of("blacksheep", "Content")

    async def pong() -> Any:
        return response(200, content=content(b"text/plain", ANSWER))

    app.router.add_get("/", pong)

    def made() -> Any:
        async def middleware(request: Any, handler: Any) -> Any:
            passed[0] += 1
            return await handler(request)

        return middleware

    if style == "native":
        for _ in range(count):
            app.middlewares.append(made())
        return app
    return around(app, count)


def _falcon(count: int, style: str) -> Any:
    class Native:
        async def process_request(self, req: Any, resp: Any) -> None:
            pass

        async def process_response(self, req: Any, resp: Any, resource: Any, succeeded: bool) -> None:
            passed[0] += 1

    class Pong:
        async def on_get(self, req: Any, resp: Any) -> None:
            resp.content_type = "text/plain"
            resp.data = ANSWER

    app = _of("falcon.asgi", "App")(middleware=[Native() for _ in range(count if style == "native" else 0)])
    app.add_route("/", Pong())
    return around(app, count if style == "asgi" else 0)


_numbers = [0]


def _sanic(count: int, style: str) -> Any:
    _numbers[0] += 1
    app = _of("sanic", "Sanic")(f"asgisim_bench_{_numbers[0]}", configure_logging=False)
    app.config.TOUCHUP = False  # it rewrites methods of the class, once for each process
    answer = _of("sanic", "text")

    async def pong(request: Any) -> Any:
        return answer(ANSWER.decode())

    app.get("/")(pong)
    for _ in range(count if style != "asgi" else 0):

        async def before(request: Any) -> None:
            pass

        async def after(request: Any, response: Any) -> None:
            passed[0] += 1

        if style == "native":
            app.register_middleware(before, "request")
            app.register_middleware(after, "response")
        else:
            app.on_request(before)
            app.on_response(after)
    return around(app, count if style == "asgi" else 0)


def _quart(count: int, style: str) -> Any:
    app = _of("quart", "Quart")("asgisim_bench")
    response = _of("quart", "Response")

    async def pong() -> Any:
        return response(ANSWER, content_type="text/plain")

    app.get("/")(pong)
    if style == "asgi":
        app.asgi_app = around(app.asgi_app, count)
        return app
    for _ in range(count):

        async def before() -> None:
            pass

        async def after(answer: Any) -> Any:
            passed[0] += 1
            return answer

        app.before_request(before)
        app.after_request(after)

    return app


class DjangoNative:
    """Django's own kind, async."""

    async_capable = True
    sync_capable = False

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        importlib.import_module("asgiref.sync").markcoroutinefunction(self)

    async def __call__(self, request: Any) -> Any:
        passed[0] += 1
        return await self.get_response(request)


def django_decorated(get_response: Any) -> Any:
    """Django's own kind, as a function under its decorator."""

    async def middleware(request: Any) -> Any:
        passed[0] += 1
        return await get_response(request)

    def factory(inner: Any) -> Any:
        return middleware

    return _of("django.utils.decorators", "async_only_middleware")(factory)(get_response)


django_decorated.async_capable = True  # type: ignore[attr-defined]
django_decorated.sync_capable = False  # type: ignore[attr-defined]
urlpatterns: list[Any] = []  # of Django


def _django(count: int, style: str) -> Any:
    conf, response = _of("django.conf", "settings"), _of("django.http", "HttpResponse")
    if not conf.configured:
        conf.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="none", USE_TZ=True)
        importlib.import_module("django").setup(set_prefix=False)

    async def pong(request: Any) -> Any:
        return response(ANSWER, content_type="text/plain")

    if not urlpatterns:
        urlpatterns.append(_of("django.urls", "path")("", pong))
    own = f"{__name__}.{'DjangoNative' if style == 'native' else 'django_decorated'}"
    change = _of("django.test.utils", "override_settings")
    with change(MIDDLEWARE=[] if style == "asgi" else [own] * count, ROOT_URLCONF=__name__):
        app = _of("django.core.handlers.asgi", "ASGIHandler")()
    return around(app, count if style == "asgi" else 0)


def _muffin(count: int, style: str) -> Any:
    app = _of("muffin", "Application")()

    async def pong(request: Any) -> str:
        return ANSWER.decode()

    app.route("/")(pong)

    def made() -> Any:
        async def middleware(inner: Any, request: Any, receive: Any, send: Any) -> Any:
            passed[0] += 1
            return await inner(request, receive, send)

        return middleware

    if style == "asgi":
        return around(app, count)
    for _ in range(count):
        app.middleware(made())
    return app


def _styles(framework: str, needs: str, make: Callable[..., Any], *styles: str) -> list[Stack]:
    return [Stack(framework, style, needs, partial(make, style=style)) for style in styles]


STACKS: tuple[Stack, ...] = (
    Stack("bare", "asgi", "", lambda count: around(_answer, count)),
    Stack("starlette", "asgi", "starlette", _starlette_asgi),
    Stack("starlette", "native", "starlette", _starlette_native),
    *_styles("fastapi", "fastapi", _fastapi, "asgi", "native", "decorator"),
    *_styles("litestar", "litestar", _litestar, "asgi", "native"),
    *_styles("blacksheep", "blacksheep", _blacksheep, "asgi", "native"),
    *_styles("falcon", "falcon.asgi", _falcon, "asgi", "native"),
    *_styles("sanic", "sanic", _sanic, "asgi", "native", "decorator"),
    *_styles("muffin", "muffin", _muffin, "asgi", "native"),
    *_styles("quart", "quart", _quart, "asgi", "decorator"),
    *_styles("django", "django", _django, "asgi", "native", "decorator"),
)
FRAMEWORKS = tuple(dict.fromkeys(stack.framework for stack in STACKS))


def find(framework: str, style: str) -> Stack:
    """Raises ValueError for one that there is not."""
    for stack in STACKS:
        if (stack.framework, stack.style) == (framework, style):
            return stack
    raise ValueError(f"expected a stack out of {', '.join(one.name for one in STACKS)}")


def installed(stack: Stack) -> bool:
    """Whether it can be made here."""
    if not stack.needs:
        return True
    logging.getLogger("sanic.root").setLevel(logging.WARNING)
    try:
        importlib.import_module(stack.needs)
    except ImportError:
        return False
    return True


def __getattr__(name: str) -> Any:
    """``starlette__native__5``, for servers, which are told an app by name."""
    parts = name.split("__")
    if len(parts) != 3 or not parts[2].isdigit():
        raise AttributeError(name)
    try:
        return find(parts[0], parts[1]).make(int(parts[2]))
    except ValueError as error:
        raise AttributeError(str(error)) from None
