"""The exact wording of the text report."""

from __future__ import annotations

import pytest

from asgisim.model.trace import Step, Trace
from asgisim.report import style, text
from tests.report import samples

ORDER = """\
http.response.start-first: the app breaks a MUST

  A response begins with http.response.start; nothing may be sent before it.
  Here: http.response.body in state IDLE.

     0  server  http                GET /hello
     1  server  http.request        body=b'', more_body=False
  >  2  app     http.response.body  body=b'hi'

  After   http.x was broken first; this may follow from it.
  Seen    in 17 scenarios
  Mend    Send http.response.start, with a status, before the first body.
  Spec    https://asgi.readthedocs.io/en/latest/specs/www.html#response-start-send-event
  Replay  asgisim replay seeds/8f3a12c9.asgi.json
"""

HANG = """\
robust.hang: the app breaks a MUST

  The call ends once its client has gone: nothing may wait for ever.
  Here: waits for an event.

     0            server  http              POST /upload
     1            app     waits in receive
     2        1s  client  leaves            closed
     3        1s  server  http.disconnect
  >  4       61s  asgisim robust.hang       waits for an event
                          where it is (innermost last):
                            app.py:3 in app
                            app.py:9 in wait

  Mend    Look at the await chain: what it waits for can no longer happen. Wait
          for the disconnect as well.
  Spec    the text does not number this; it is a rule of asgisim's own
"""

WELL = """\
asgisim fuzz myapp:app: nothing broken
1234 examples in 3.2 s. Rules: 2 held, 0 broken, 1 not exercised (-v lists
them).
"""

END = """\
asgisim fuzz myapp:app: 1 finding
1234 examples in 3.2 s. Rules: 2 held, 1 broken, 1 not exercised (-v lists
them).
Interrupted: this is what was found until then.
1 finding in the baseline, not told again.
1 piece of advice (-v shows them).
Seen once and not again, so not counted: http.response.start-first: the app
  breaks a MUST: http.response.body in state IDLE
Not checked: 2 equivalences, since the answers differ from run to run
"""

VERDICTS = """\
held (2)
  http.a
  http.b
broken (0)
not exercised (1)
  websocket.a
"""


def test_a_finding_of_order() -> None:
    assert text.finding(samples.order_item(count=17, caused_by="http.x")) == ORDER


def test_a_fact_has_its_await_chain() -> None:
    assert text.finding(samples.hang_item()) == HANG


def test_a_clean_run_is_short() -> None:
    assert text.text(samples.run()) == WELL


def test_the_end_of_a_run_says_what_was_not_done() -> None:
    item = samples.order_item()
    run = samples.run(
        item,
        interrupted=True,
        known=[item],
        notes=[item],
        flaky=[item],
        left_out=["2 equivalences, since the answers differ from run to run"],
    )
    assert text.summary(run) == END
    assert text.text(run) == f"{text.finding(item)}\n{END}"


def test_verbose_lists_every_verdict() -> None:
    assert VERDICTS in text.text(samples.run(), verbose=True)


def test_quiet_is_a_line_for_each_finding() -> None:
    assert text.text(samples.run(), quiet=True) == ""
    assert text.text(samples.run(samples.order_item()), quiet=True) == (
        "http.response.start-first: the app breaks a MUST: http.response.body in state IDLE\n"
    )


@pytest.mark.parametrize(
    ("item", "line"),
    [
        (samples.order_item(rule=samples.SHOULD), "http.response.tidy: the app breaks a SHOULD"),
        (samples.order_item(rule=samples.ADVICE), "http.advice: the app may do better"),
        (samples.order_item(party="server"), "http.response.start-first: the server breaks a MUST"),
    ],
)
def test_the_first_line_says_how_grave_it_is(item: samples.Item, line: str) -> None:
    assert text.finding(item).splitlines()[0] == line


def test_long_values_are_cut_and_no_line_is_wider_than_asked() -> None:
    steps = [
        Step("scope", {"type": "http", "headers": [(b"h" * 90, b"v" * 900)] * 50}),
        Step("receive", {"type": "http.request", "body": bytes(range(256)) * 400}),
        Step("send", {"type": "x" * 300, "text": "\x1b[2J" * 20}),
        Step("send", {"type": "http.response.start", "status": 200, "a\nb": {"c": [1] * 99}}),
        Step("raise", {"type": "ValueError", "text": "line one\nline two\x07" * 40}),
    ]
    item = samples.order_item(trace=Trace(steps), step=4, replay=None, message="\x1b[31m\nred")
    shown = text.finding(item)
    lines = [line for line in shown.splitlines() if not line.startswith("  Spec")]
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in shown
    assert "(102400 bytes)" in shown
    assert "Here: \\x1b[31m red." in shown


def test_long_timelines_lose_their_middle() -> None:
    steps = [Step("wait", None)] * 100
    item = samples.order_item(trace=Trace(steps), step=98)
    assert "       ... 63 steps ...\n" in text.finding(item)
    assert "steps ..." not in text.finding(item, verbose=True)


def test_colours_mark_and_change_no_word() -> None:
    coloured = text.finding(samples.order_item(), style=style.colour)
    assert "\x1b[1mhttp.response.start-first\x1b[0m: \x1b[1;31mthe app breaks a MUST\x1b[0m" in coloured


@pytest.mark.parametrize(
    ("terminal", "environment", "chosen"),
    [
        (True, {}, style.colour),
        (False, {}, style.plain),
        (True, {"NO_COLOR": "1"}, style.plain),
        (True, {"NO_COLOR": ""}, style.colour),
        (True, {"TERM": "dumb"}, style.plain),
    ],
)
def test_when_colours_are_used(terminal: bool, environment: dict[str, str], chosen: style.Style) -> None:
    assert style.choose(terminal, environment) is chosen
