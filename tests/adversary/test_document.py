"""docs/adversary.md says what the tests do."""

from __future__ import annotations

from tools.adversary import DOCUMENT, page


def test_the_document_is_current() -> None:
    assert DOCUMENT.read_text() == page(), "run `make docs`"
