"""The one place where rich's consoles are made: no text of a stranger's does anything to a terminal but stand there."""

from collections.abc import Iterable
from typing import IO, TYPE_CHECKING

from rich.console import Console
from rich.segment import Segment

from dreambench.dataset.harmless import harmless

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderableType


def make_console(*, file: IO[str] | None = None, width: int | None = None, record: bool = False) -> Console:
    """A console that prints what it is given as it stands, without control characters.

    Where the stream is not of UTF-8, rich draws tables in ASCII by itself, and the stream makes the other signs plain.

    Args:
        file: where to; None is stdout, whatever that is when something is printed.
        width: in columns; None takes the terminal's.
        record: whether what is printed can be had again as another format, without colours.
    """
    return _Harmless(file=file, width=width, highlight=False, record=record, color_system=None if record else "auto")


class _Harmless(Console):
    def render(self, renderable: "RenderableType", options: "ConsoleOptions | None" = None) -> Iterable[Segment]:
        """What rich draws, piece by piece; colours are no part of the text of a piece."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=harmless(segment.text))
