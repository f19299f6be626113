"""The page of a campaign: whole, on its own, and deaf to what the data says."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from asgisim.model import notation
from asgisim.report import html, web
from asgisim.report.model import Target
from tests.report import samples

# Whatever an app may say: it must come out as text.
EVIL = (
    "</script><script>evil()</script>",
    "<img src=x onerror=evil()>",
    "\" onmouseover=evil() x='",
    "</style></title></textarea><!-- <![CDATA[ ]]>",
    "javascript:evil()",
    "&lt;b&gt; &#60;",
    "\x00\x1b[31m\u202etxt\ud800\u2028",
)


class Seen(HTMLParser):
    """What a browser would make of a page: elements, attributes, text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Text."""
        self.words.append(data)

    def kinds(self) -> set[str]:
        """The names of all elements."""
        return {tag for tag, _ in self.elements}


def nasty_page() -> str:
    """A page with the worst in every place that an app or a user can fill."""
    all_of_it = " ".join(EVIL)
    trace = notation.read(f"http GET /x\n> http.request body={all_of_it.encode('utf-8', 'replace')!r}\n")
    item = samples.order_item(
        id=all_of_it,
        message=all_of_it,
        protocol=all_of_it,
        party=all_of_it,
        trace=trace,
        step=1,
        scenario={all_of_it: all_of_it},
        where=(all_of_it,),
        caused_by=all_of_it,
        replay=all_of_it,
        seed_file=all_of_it,
    )
    target = Target(all_of_it, all_of_it, all_of_it, {all_of_it: all_of_it})
    run = samples.run(item, target=target, flaky=[item], notes=[item], known=[item], left_out=[all_of_it])
    run.held = run.broken = run.not_exercised = [all_of_it]
    return html.text([run, run], {all_of_it: {all_of_it: all_of_it}})


def test_hostile_text_stays_text() -> None:
    page = nasty_page()
    seen, plain = Seen(page), Seen(html.text([samples.run(samples.order_item()), samples.run()]))
    assert seen.kinds() - plain.kinds() <= {"h3", "pre", "ul", "li", "p"}
    assert page.count("<script") == plain_scripts()
    names = {name for _, attributes in seen.elements for name in attributes}
    assert not [name for name in names if name.startswith("on")]
    assert all(one.get("href", "").startswith(("https://", "#", "data:,")) for one in links(seen))
    assert "</script><script>evil()</script>" in "".join(seen.words)
    assert not re.search("[\x00\x1b\u202e\u2028\ud800]", page)
    page.encode("utf-8")


def plain_scripts() -> int:
    """How many script elements a page has."""
    return web.page("", "").count("<script")


def links(seen: Seen) -> list[dict[str, str]]:
    """The attributes of what has an address."""
    return [{key: value or "" for key, value in one.items()} for _, one in seen.elements if "href" in one]


def test_the_page_needs_nothing_from_anywhere() -> None:
    page = html.text([samples.run(samples.order_item())])
    elements = Seen(page).elements
    assert not [one for _, one in elements if "src" in one]
    assert [one["href"] for tag, one in elements if tag == "link"] == ["data:,"]
    assert not re.search(r"@import|url\(", page)
    policy = next(one["content"] for _, one in elements if one.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_a_finding_is_all_there() -> None:
    words = " ".join("".join(Seen(html.text([samples.run(samples.order_item(count=17))])).words).split())
    for told in (
        "asgisim fuzz myapp:app",
        "A response begins with http.response.start",
        "Here: http.response.body in state IDLE",
        "body=b'hi'",
        "in 17 scenarios",
        "asgisim replay seeds/8f3a12c9.asgi.json",
        "1234 examples in 3.2 s · edition 2.5 · seed 0 · loop asyncio · starlette 1.10.0",
    ):
        assert told in words


def test_two_servers_are_compared() -> None:
    runs = [samples.run(target=Target(None, name)) for name in ("uvicorn", "hypercorn")]
    page = html.text(runs, {"http.a": {"uvicorn": "broken", "hypercorn": "held"}})
    assert '<span class="tag bad">broken</span></td><td><span class="tag good">held</span>' in page
    assert "Nothing broken." in html.text([samples.run()])


def test_data_cannot_end_its_element() -> None:
    for words in EVIL:
        assert not re.search("[<>&]", web.data({words: words}))
