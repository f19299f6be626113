"""The fixed part of an emitted script: what stands between its data and its steps. See asgisim.wire.emit."""

HELPERS = '''
if LOOP == "trio":
    import trio

# --- the app: it does what the steps below tell it, over a connection of its own --------------------


async def app(scope, receive, send):
    if scope["type"] == "lifespan" and not LIFESPAN:
        while True:
            kind = (await receive())["type"]
            await send({"type": kind + ".complete"})
            if kind == "lifespan.shutdown":
                return
    control = socket.create_connection(("127.0.0.1", int(os.environ["CONTROL"])))
    control.setblocking(False)

    def tell(*words):
        control.setblocking(True)
        control.sendall(repr(words).encode() + b"\\n")
        control.setblocking(False)

    tell("called", scope["type"], {key: plain(value) for key, value in scope.items()})
    pending, last, buffer = None, None, b""
    while True:
        while b"\\n" not in buffer:
            try:
                data = control.recv(1 << 16)
            except BlockingIOError:
                await nap(0.002)
                continue
            if not data:
                return
            buffer += data
        line, buffer = buffer.split(b"\\n", 1)
        what, bound, value = eval(line)
        if what == "return":
            tell("returns")
            control.close()
            return value
        if what == "raise":
            error = last if value == "same" and last else RuntimeError("as told")
            tell("raises", repr(error))
            control.close()
            raise error
        try:
            if what == "send":
                await within(bound, send, value)
                tell("sent", plain(value))
            elif what == "together":
                tell("sent at once:", *await together(bound, send, value))
            elif what == "wait":
                await nap(value)
                tell("waited", value)
            elif what == "put":
                place = scope
                for key in value[0][:-1]:
                    place = place[key]
                place[value[0][-1]] = value[1]
                tell("put", value)
            elif what == "look":
                tell("scope", {key: plain(item) for key, item in scope.items()})
            elif what == "cancel":
                tell("cancels itself")
                asyncio.current_task().cancel()
                await asyncio.sleep(0)
            elif LOOP == "trio":
                tell("received", plain(await within(bound, receive)))
            else:
                pending = pending or asyncio.ensure_future(receive())
                done, _ = await asyncio.wait({pending}, timeout=bound)
                if done:
                    task, pending = pending, None
                    tell("received", plain(task.result()))
                else:
                    tell("receive gave nothing in", bound, "s")
        except Exception as error:
            last = error
            tell(what, "raised", repr(error))


async def nap(seconds):
    await (trio if LOOP == "trio" else asyncio).sleep(seconds)


async def together(bound, send, events):
    """Sends each from a task of its own; what came of each."""
    found = ["did not end"] * len(events)

    async def one(index):
        try:
            found[index] = plain(await send(events[index]))
        except Exception as error:
            found[index] = "raised " + repr(error)

    if LOOP == "trio":
        with trio.move_on_after(bound):
            async with trio.open_nursery() as nursery:
                for index in range(len(events)):
                    nursery.start_soon(one, index)
    else:
        tasks = [asyncio.ensure_future(one(index)) for index in range(len(events))]
        _, waiting = await asyncio.wait(tasks, timeout=bound)
        for task in waiting:
            task.cancel()
    return found


async def within(bound, function, *arguments):
    if LOOP != "trio":
        return await asyncio.wait_for(function(*arguments), bound)
    with trio.fail_after(bound):
        return await function(*arguments)


def plain(value):
    """A value as it can be read back; of others their repr."""
    try:
        eval(repr(value))
        return value
    except Exception:
        return repr(value)


# --- the server and the client -----------------------------------------------------------------------

CALLS, CLIENTS = [], {}


def show(*words):
    print(*words, flush=True)


def called(number, bound=BOUND):
    """The call of this number, when it has come."""
    LISTENER.settimeout(bound)
    while len(CALLS) <= number:
        try:
            control, _ = LISTENER.accept()
        except TimeoutError:
            show(f"app {number}:", "was not called in", bound, "s")
            return None
        CALLS.append([control, control.makefile("rb")])
        show(f"app {len(CALLS) - 1}:", heard(CALLS[-1], bound))
    return CALLS[number]


def heard(call, bound):
    call[0].settimeout(bound)
    try:
        line = call[1].readline()
    except OSError:
        return "says nothing"
    if not line:
        return "has ended"
    return " ".join(word if isinstance(word, str) else repr(word) for word in eval(line))


def tell(number, what, value=None, bound=BOUND):
    """The app does one thing; shows what came of it."""
    call = called(number)
    if call is None:
        return
    try:
        call[0].sendall(repr((what, bound, value)).encode() + b"\\n")
    except OSError:
        show(f"app {number}:", "has ended")
        return
    for _ in range(20):
        words = heard(call, bound + 2)
        show(f"app {number}:", words)
        if what != "body" or "'more_body': True" not in words:
            return
        call[0].sendall(repr((what, bound, value)).encode() + b"\\n")


def connected():
    if UNIX:
        made = socket.socket(socket.AF_UNIX)
        made.settimeout(5)
        made.connect(PATHS["uds"])
    else:
        made = socket.create_connection(("127.0.0.1", PORT), timeout=5)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def client(number):
    if number not in CLIENTS:
        CLIENTS[number] = connected()
        if CERT:
            context = ssl.create_default_context(cadata=TRUSTED)
            CLIENTS[number] = context.wrap_socket(CLIENTS[number], server_hostname="localhost")
    return CLIENTS[number]


def write(number, *pieces, pause=0.0):
    """Each piece in a segment of its own."""
    for index, piece in enumerate(pieces):
        if index and pause:
            time.sleep(pause)
        show(f"client {number}: writes", shortened(piece))
        try:
            client(number).sendall(piece)
        except OSError as error:
            show(f"client {number}:", type(error).__name__)


def read(number, bound=BOUND, quiet=0.3):
    """What comes until the end, or until nothing came for a while after something did."""
    data, state, end = b"", "the connection stays open", time.monotonic() + bound
    sock = client(number)
    while (left := end - time.monotonic()) > 0:
        sock.settimeout(min(left, quiet) if data else left)
        try:
            piece = sock.recv(1 << 16)
        except TimeoutError:
            if data:
                break
            continue
        except OSError:
            state = "the connection was reset"
            break
        if not piece:
            state = "the connection was closed"
            break
        data += piece
    show(f"client {number}: reads", shortened(data), f"({state})")


def shortened(data):
    return data if len(data) < 2000 else data[:200] + b" ... %d bytes" % len(data)


def leave(number, how):
    show(f"client {number}:", how)
    if how == "reset":
        client(number).setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if how == "half":
        socket.socket.shutdown(client(number), socket.SHUT_WR)
    else:
        client(number).close()


def ready():
    """Waits until the server can be connected to."""
    end = time.monotonic() + 15
    while time.monotonic() < end and SERVER.poll() is None:
        try:
            connected().close()
            time.sleep(0.5)  # workers and lifespan
            return
        except OSError:
            time.sleep(0.05)


def stop():
    show("server: is told to stop")
    SERVER.send_signal(signal.SIGTERM)
'''

RUNNER = """

if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0)) as free:
        PORT = free.getsockname()[1]
    LISTENER = socket.create_server(("127.0.0.1", 0))
    FOLDER = tempfile.TemporaryDirectory()
    PATHS = {"cert": os.path.join(FOLDER.name, "cert.pem"), "key": os.path.join(FOLDER.name, "key.pem")}
    PATHS["uds"] = os.path.join(FOLDER.name, "socket")
    for path, text in zip(PATHS.values(), (CERT, KEY)):
        with open(path, "w") as file:
            file.write(text)
    HERE = os.path.dirname(os.path.abspath(__file__))
    NAME = os.path.splitext(os.path.basename(__file__))[0]
    MODULES = os.pathsep.join([HERE, os.environ.get("PYTHONPATH", "")])
    SERVER = subprocess.Popen(
        [word.format(python=sys.executable, app=NAME + ":app", port=PORT, **PATHS) for word in COMMAND],
        cwd=HERE,
        env={**os.environ, "CONTROL": str(LISTENER.getsockname()[1]), "PYTHONPATH": MODULES},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        if not LIFESPAN:
            ready()
        show("What was expected:", EXPECTED)
        show("What asgisim saw:", SEEN)
        show("What happens now:")
        steps()
        if SERVER.poll() is not None:
            show("server: has ended, exit status", SERVER.returncode)
    finally:
        try:
            os.killpg(SERVER.pid, signal.SIGKILL)
        except OSError:
            pass
        SERVER.wait()
"""
