"""Every row and every bullet of docs/threat-model.md names tests that exist, or says that it was only read (INH-4)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "threat-model.md"
DEFINITION: Final = re.compile(r'^\[([\w-]+)\]: (\S+) "([\w ]+)"$', re.MULTILINE)
REFERENCE: Final = re.compile(r"\[([\w-]+)\](?![(:])")
MARK: Final = "read only"
TITLES: Final = ("| from |", "| what leaks |", "| what |")
READ_ONLY: Final = {
    "who may merge to main",
    "an AWS role alone",
    "the root user's password",
    "a key for `git push`",
    "Deis's administrator's password",
    "the private key of the router's certificate",
    "the state's key as well",
    "CI's role of previews",
    "CI's role of main",
    "listen, or talk a listener down to an old protocol",
    "Users of one Deis are not kept apart",
    "The whitelist is of addresses",
    "What a person may read, they may take along",
}
"""What no test holds, or not all of it. The list is to become shorter: a new entry takes a reviewer's consent."""


def claims() -> dict[str, str]:
    """Start of a row or a bullet -> the whole of it."""
    text = DOCUMENT.read_text()
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith(TITLES)]
    bullets = re.findall(r"^- (.*(?:\n  .*)*)", text, re.MULTILINE)
    starts = {re.split(r"[.:]", bullet.replace("\n  ", " "))[0]: bullet for bullet in bullets}
    return {**{row.split("|")[1].strip(): row for row in rows}, **starts}


def definitions() -> dict[str, tuple[Path, list[str]]]:
    """Name -> the file and its tests."""
    found = DEFINITION.findall(DOCUMENT.read_text())
    return {name: ((DOCUMENT.parent / path).resolve(), tests.split()) for name, path, tests in found}


def test_every_claim_is_found() -> None:
    assert len(claims()) > 45


@pytest.mark.parametrize("start", claims())
def test_a_claim_is_held_by_a_test_or_says_that_it_is_not(start: str) -> None:
    assert REFERENCE.search(claims()[start]) or MARK in claims()[start]


def test_what_no_test_holds_is_listed() -> None:
    assert {start for start, text in claims().items() if MARK in text} == READ_ONLY


@pytest.mark.parametrize("name", definitions())
def test_what_a_reference_names_exists(name: str) -> None:
    path, tests = definitions()[name]
    assert [test for test in tests if f"def {test}(" not in path.read_text()] == []


def test_no_reference_is_undefined_and_none_is_left_over() -> None:
    assert {name for text in claims().values() for name in REFERENCE.findall(text)} == definitions().keys()
