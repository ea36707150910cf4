"""Markdown of the generated documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; vertical bars in its cells are escaped."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def filled(text: str, start: str, end: str, content: str) -> str:
    """A text with other content between two marks."""
    before, _, rest = text.partition(start)
    return f"{before}{start}{content}{end}{rest.partition(end)[2]}"
