"""How far a campaign is, on a terminal; nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from asgisim.fuzz.findings import Campaign


class Progress:
    """A line on a terminal that follows a campaign; silent if the stream is none, or with quiet."""

    def __init__(self, name: str, most: int, stream: TextIO, quiet: bool = False) -> None:
        self.name = name
        self.most = most
        self.status: Any = None
        if stream.isatty() and not quiet:
            # rich takes a tenth of a second to import, and pipes need none of it.
            from rich.console import Console

            self.status = Console(file=stream).status(self.line(0, 0))

    def line(self, examples: int, findings: int) -> str:
        """The words that are shown."""
        found = f", {findings} finding{'' if findings == 1 else 's'}" if findings else ""
        return f"{self.name}: {examples} of at most {self.most} examples{found}"

    def __call__(self, campaign: Campaign) -> None:
        """What the campaign calls now and then."""
        if self.status is not None:
            self.status.update(self.line(campaign.examples, campaign.so_far))

    def __enter__(self) -> Progress:
        if self.status is not None:
            self.status.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self.status is not None:
            self.status.stop()
