"""Real middlewares that are known to be right: nothing is told of them but what is true of them."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from asgisim.fuzz.settings import Settings
from asgisim.middleware.campaign import fuzz_middleware
from asgisim.middleware.compare import Profile

SHORT = 350  # every inner app in its first exchanges, and equal spellings


def of(path: str, **settings: Any) -> Any:
    """What puts the middleware of this ``module:name`` around an app; skips where it is not installed."""
    module, _, name = path.partition(":")
    pytest.importorskip(module)
    found = getattr(importlib.import_module(module), name)
    return lambda app: found(app, **settings)


def timing(app: Any) -> Any:
    module = pytest.importorskip("timing_asgi")

    class Silent(module.TimingClient):  # type: ignore[name-defined,misc]
        def timing(self, *args: Any, **more: Any) -> None:
            """Tell nobody."""

    return module.TimingMiddleware(app, client=Silent())


def engineio(app: Any) -> Any:
    module = pytest.importorskip("engineio")
    return module.ASGIApp(module.AsyncServer(async_mode="asgi"), app)


def exporter(app: Any) -> Any:
    pytest.importorskip("starlette_exporter")
    return importlib.import_module("starlette_exporter").PrometheusMiddleware(app)


def nobody(app: Any) -> Any:
    from starlette.authentication import AuthenticationBackend
    from starlette.middleware.authentication import AuthenticationMiddleware

    class Backend(AuthenticationBackend):
        async def authenticate(self, conn: Any) -> None:
            """Nobody is known."""

    return AuthenticationMiddleware(app, backend=Backend())


# The eleven of the corpus' notes, then Starlette's own.
QUIET: dict[str, Any] = {
    "opentelemetry": lambda: of("opentelemetry.instrumentation.asgi:OpenTelemetryMiddleware"),
    "elastic-apm": lambda: of("elasticapm.contrib.asgi:ASGITracingMiddleware"),
    "timing-asgi": lambda: timing,
    "starlette-exporter": lambda: exporter,
    "hypercorn proxy fix": lambda: of("hypercorn.middleware:ProxyFixMiddleware"),
    "asgi-context": lambda: of("asgi_context:ContextMiddleware"),
    "asgi-babel": lambda: of("asgi_babel:BabelMiddleware"),
    "content-size-limit-asgi": lambda: of(
        "content_size_limit_asgi:ContentSizeLimitMiddleware", max_content_size=1_000_000
    ),
    "asgi-cross-origin-protection": lambda: of("asgi_cross_origin_protection:CrossOriginProtection"),
    "python-engineio": lambda: engineio,
    "servestatic": lambda: of("servestatic:ServeStaticASGI"),
    "cors": lambda: of("starlette.middleware.cors:CORSMiddleware", allow_origins=["*"]),
    "sessions": lambda: of("starlette.middleware.sessions:SessionMiddleware", secret_key="secret"),
    "authentication": lambda: nobody,
    "exceptions": lambda: of("starlette.middleware.exceptions:ExceptionMiddleware"),
    "server errors": lambda: of("starlette.middleware.errors:ServerErrorMiddleware"),
}
# What is true of them all the same.
TRUE = {
    "hypercorn proxy fix": {"http.scope.scheme.nonempty", "websocket.scope.scheme.nonempty", "between.scope"},
    "asgi-babel": {"robust.crash"},
}


def told(name: str, settings: Settings) -> set[str]:
    campaign = fuzz_middleware(QUIET[name](), settings, Profile())
    return {one.finding.rule.id for one in (*campaign.findings, *campaign.flaky)}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", QUIET)
def test_nothing_is_told(name: str) -> None:
    assert told(name, Settings(max_examples=SHORT)) <= TRUE.get(name, set())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", QUIET)
def test_nothing_is_told_in_a_minute(name: str) -> None:
    assert told(name, Settings(max_examples=1_000_000, max_time=60.0)) <= TRUE.get(name, set())
