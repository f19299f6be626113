"""From ``module:attribute`` to an app that can be called, with errors that say what to do.

Standard library only: it also runs under the interpreter of another environment (``--python``).
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import importlib.util
import inspect
import os
import platform
import re
import sys
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from asgisim.model.signature import signature

App = Callable[[Any, Any, Any], Awaitable[Any]]

_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
# Import name to distribution, for the versions that a report names.
_FRAMEWORKS = {
    "starlette": "starlette",
    "fastapi": "fastapi",
    "django": "Django",
    "channels": "channels",
    "quart": "Quart",
    "litestar": "litestar",
    "blacksheep": "blacksheep",
    "falcon": "falcon",
    "sanic": "sanic",
    "asgiref": "asgiref",
    "uvicorn": "uvicorn",
}
# What keeps an app's first start in modules of its own, so that a fresh app needs fresh ones: Sanic rewrites
# its classes, and BlackSheep's apps share one router.
_REMEMBERING = ("sanic", "sanic_routing", "blacksheep")
_PYTHONS_OWN = frozenset(sys.stdlib_module_names)


class TargetError(Exception):
    """The app cannot be had; the message is for the user."""


@dataclass(slots=True)
class Loaded:
    """An app that was found.

    app: the ASGI 3 callable. raw: the object as the module has it. name: as it was asked for. file: its
    source, relative to the current folder where it lies below it. versions: of Python and the
    frameworks that were imported with it. reload: gives a fresh app, from modules that are imported anew.
    own: the modules that make it up. once: whether its framework is known to start an app once only, so that
    each start needs a fresh one.
    """

    app: App
    raw: Any
    name: str
    file: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    reload: Callable[[], App] | None = None
    once: bool = False
    own: tuple[str, ...] = ()


def load(
    name: str, factory: bool = False, wsgi: bool = False, folder: str | None = None, told: str = ""
) -> Loaded:
    """Import an app. `folder` (the current one by default) becomes importable, in front.

    factory: the name is that of a function that makes the app. wsgi: it is a WSGI app (asgisim.wsgi).
    told: the file that names the app, where it was not the user. Such a name leads nowhere into Python's own
    library, where `subprocess.getoutput` would run what the scope says.

    Raises TargetError for whatever goes wrong, also for what the app's own module raises.
    """
    module_name, attribute = parse(name)
    here = os.path.abspath(folder or os.getcwd())
    before = set(sys.modules)
    if told:
        refuse_pythons_own(module_name, told)
    module, found = _find(module_name, attribute, here)
    if told and _homes(found) & _PYTHONS_OWN:
        raise TargetError(f"{told}: target: expected an app, but {name[:80]} is Python's own")
    if factory:
        found = _call_factory(found, name)
    own = _own_modules(before, module_name, here)
    app = _from_wsgi(found, name) if wsgi else as_asgi3(found, name)
    loaded = Loaded(app, found, name, _file(module, here), versions(), own=own)
    loaded.reload = functools.partial(_reload, own, name, factory, wsgi, here)
    loaded.once = type(found).__module__.partition(".")[0] in _REMEMBERING
    return loaded


def refuse_pythons_own(module: str, told: str) -> None:
    """Raise TargetError if a file (told) names a module of Python's own: some act when they are imported."""
    if module.partition(".")[0] in _PYTHONS_OWN:
        raise TargetError(f"{told}: target: expected an app, but {module[:80]} is Python's own")


def _homes(found: Any) -> set[str]:
    """The packages in which a function, a class, or the function in a method or partial was defined."""
    homes: set[str] = set()
    for _ in range(10):
        plain = inspect.isclass(found) or inspect.isroutine(found)
        home = getattr(found, "__module__", None) if plain else None
        if inspect.isbuiltin(found) or inspect.ismethod(found):
            owner = found.__self__
            home = owner.__name__ if inspect.ismodule(owner) else home or type(owner).__module__
        homes.add(str(home or "").partition(".")[0])
        if not isinstance(found, functools.partial):
            break
        found = found.func
    return homes


def load_middleware(name: str, folder: str | None = None) -> tuple[Callable[[Any], Any], str | None]:
    """Import what puts a middleware around an app, ``module:factory``; its source file comes with it.

    Raises TargetError for whatever goes wrong.
    """
    if ":" not in name:
        raise TargetError(f"--middleware: expected module:factory, but got {name!r}")
    module_name, attribute = parse(name)
    here = os.path.abspath(folder or os.getcwd())
    module, found = _find(module_name, attribute, here)
    if not callable(found):
        raise TargetError(f"--middleware: expected {name} to be callable, but it is {_kind(found)}")
    if not _accepts(found, 1):
        raise TargetError(
            f"--middleware: {name} has to take the inner app and nothing else; "
            "a function that calls it with what it needs will do"
        )
    return found, _file(module, here)


def _find(module_name: str, attribute: str, here: str) -> tuple[Any, Any]:
    """The module and what it has by that name; its folder becomes importable, in front."""
    if here not in sys.path:
        sys.path.insert(0, here)
    module = _import(module_name, here)
    return module, _attribute(module, module_name, attribute)


def _own_modules(before: set[str], module: str, here: str) -> tuple[str, ...]:
    """What makes up the user's app: its module, and what came with it from the current folder."""
    found = [module]
    for name in sys.modules.keys() - before - {module}:
        file = getattr(sys.modules[name], "__file__", None) or ""
        if file.startswith(here + os.sep) and "site-packages" not in file and not _is_ours(name):
            found.append(name)
    return tuple(found)


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] == "asgisim"


def _reload(own: tuple[str, ...], name: str, factory: bool, wsgi: bool, here: str) -> App:
    """A fresh app. Raises TargetError where the module cannot be imported twice."""
    for module in own:
        sys.modules.pop(module, None)
    for module in list(sys.modules):
        if module.partition(".")[0] in _REMEMBERING and not _is_compiled(sys.modules[module]):
            del sys.modules[module]
    return load(name, factory, wsgi, here).app


def _is_compiled(module: Any) -> bool:
    """Whether the module is machine code, which most do not let in twice."""
    return str(getattr(module, "__file__", None) or "").endswith((".so", ".pyd"))


def parse(name: str) -> tuple[str, str]:
    """``module`` and attribute of a name; the attribute is ``app`` where none is given."""
    module, colon, attribute = name.partition(":")
    if "/" in module or module.endswith(".py"):
        guess = os.path.splitext(os.path.normpath(module))[0].replace(os.sep, ".").lstrip(".")
        raise TargetError(
            f"expected an app as module:attribute, but got the file {name!r}; "
            f"write {guess}:{attribute or 'app'} (the current folder is importable)"
        )
    if not _MODULE.fullmatch(module) or (colon and not _MODULE.fullmatch(attribute)):
        raise TargetError(f"expected an app as module:attribute, such as myapp:app, but got {name!r}")
    return module, attribute or "app"


def _import(name: str, here: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if name == missing or name.startswith(f"{missing}."):
            raise TargetError(
                f"there is no module {missing!r}, neither in {here} nor installed for this Python; "
                "go to the folder that holds it, or install it"
            ) from None
        raise TargetError(
            f"importing {name!r} needs {missing!r}, which is not installed for this Python "
            f"({sys.executable}); install it, or name the right interpreter with --python"
        ) from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a module may do anything while it is imported, sys.exit() too
        raise TargetError(f"importing {name!r} raises {_told(error)}") from None


def _told(error: BaseException) -> str:
    text = " ".join(str(error).split())[:300]
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if "importlib" not in frame.filename
    ]
    place = f" ({frames[-1].filename}, line {frames[-1].lineno})" if len(frames) > 1 else ""
    return f"{type(error).__name__}{': ' if text else ''}{text}{place}"


def _attribute(module: Any, name: str, attribute: str) -> Any:
    found = module
    for part in attribute.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            others = [key for key, value in vars(module).items() if _looks_like_app(key, value, name)]
            hint = (
                f"it has {', '.join(f'{name}:{other}' for other in others[:5])}"
                if others
                else ("it has nothing that looks like an app")
            )
            raise TargetError(f"the module {name!r} has no {attribute!r}; {hint}") from None
    return found


def _looks_like_app(key: str, value: Any, module: str) -> bool:
    if key.startswith("_") or inspect.isclass(value) or inspect.ismodule(value) or not callable(value):
        return False
    if inspect.isfunction(value) and value.__module__ != module:
        return False
    if not inspect.isfunction(value):
        return True
    return _required(value) in ((3,) if inspect.iscoroutinefunction(value) else (1, 3))


def _call_factory(factory: Any, name: str) -> Any:
    if not callable(factory):
        raise TargetError(f"--factory: expected {name} to be callable, but it is {_kind(factory)}")
    try:
        made = factory()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise TargetError(f"--factory: calling {name}() raises {_told(error)}") from None
    if inspect.iscoroutine(made):
        made.close()
        raise TargetError(f"--factory: {name} is an async function; a factory returns the app at once")
    return made


def as_asgi3(app: Any, name: str = "the app") -> App:
    """The app as an ASGI 3 callable; an ASGI 2 app, which is called twice, is wrapped."""
    if inspect.ismodule(app):
        raise TargetError(f"expected {name} to be an app, but it is a module; write {name}.app or the like")
    if not callable(app):
        raise TargetError(f"expected {name} to be an ASGI app, but it is {_kind(app)} and cannot be called")
    required = _required(app)
    if inspect.isclass(app):
        instance = _required(getattr(app, "__call__", None))  # noqa: B004 (its signature is wanted)
        if required != 1 or instance != 3:  # self, receive, send
            raise TargetError(f"{name} is a class, not an app; make an instance, or call it with --factory")
        return _from_asgi2(app)
    if is_asgi3(app) or required is None:
        return app  # type: ignore[no-any-return]
    if required == 0:
        raise TargetError(f"{name} takes no arguments; if it is a function that makes the app, add --factory")
    if required == 1:
        return _from_asgi2(app)
    if required == 2:
        raise TargetError(
            f"{name} takes two arguments, ASGI apps take three; if it is a WSGI app, add --wsgi"
        )
    return app  # type: ignore[no-any-return]


def _from_wsgi(app: Any, name: str) -> App:
    """A WSGI app as an ASGI one."""
    from asgisim.wsgi import from_wsgi

    if not callable(app):
        raise TargetError(f"--wsgi: expected {name} to be a WSGI app, but it is {_kind(app)}, not callable")
    if is_asgi3(app) or not _accepts(app, 2):
        raise TargetError(f"--wsgi: expected {name} to take environ and start_response; is it an ASGI app?")
    checked: Any = app
    return from_wsgi(checked)


def is_asgi3(app: Any) -> bool:
    """Whether the app is an async callable with room for scope, receive and send."""
    call = app if inspect.isroutine(app) else getattr(app, "__call__", app)  # noqa: B004
    return (inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(call)) and _accepts(app, 3)


def _from_asgi2(app: Any) -> App:
    async def asgi3(scope: Any, receive: Any, send: Any) -> Any:
        return await app(scope)(receive, send)

    return asgi3


def _required(function: Any) -> int | None:
    """How many positional arguments must be given; None where that cannot be known."""
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(one.kind is one.VAR_POSITIONAL for one in parameters):
        return None
    return sum(
        one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) and one.default is one.empty
        for one in parameters
    )


def _accepts(function: Any, count: int) -> bool:
    try:
        signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def _kind(value: Any) -> str:
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _file(module: Any, here: str) -> str | None:
    path = getattr(module, "__file__", None)
    if not path:
        return None
    relative = os.path.relpath(path, here)
    return str(path) if relative.startswith("..") else relative.replace(os.sep, "/")


def versions() -> dict[str, str]:
    """The versions of Python and of the frameworks that are imported now."""
    found = {"python": platform.python_version()}
    for module, distribution in _FRAMEWORKS.items():
        if module in sys.modules:
            try:
                found[module] = importlib.metadata.version(distribution)
            except importlib.metadata.PackageNotFoundError:
                continue
    return found
