"""Properties as rules read them."""

from __future__ import annotations

from typing import Any

import pytest

from policies.kernel.cases import UNKNOWN
from policies.kernel.value import MalformedError, NotKnownError, Value
from policies.rules.iam.documents import covers
from tests.support.policies.sdk_harness import proxied


def value_of(raw: Any) -> Value:
    return Value(proxied({"it": raw}))["it"]


@pytest.mark.parametrize(("raw", "text"), [("a", "a"), (443, "443"), (0.5, "0.5"), (True, "true"), (None, None)])
def test_text(raw: Any, text: str | None) -> None:
    assert value_of(raw).text() == text


@pytest.mark.parametrize(("raw", "number"), [(22, 22), ("22", 22), (None, None), ("-1", -1)])
def test_number(raw: Any, number: float | None) -> None:
    assert value_of(raw).number() == number


@pytest.mark.parametrize("raw", ["x", True, [], "inf", "nan", {}])
def test_no_number(raw: Any) -> None:
    with pytest.raises(MalformedError):
        value_of(raw).number()


@pytest.mark.parametrize(("raw", "flag"), [(True, True), ("True", True), ("false", False), (None, True), ("", True)])
def test_flag_with_a_default_of_true(raw: Any, flag: bool) -> None:
    assert value_of(raw).flag(default=True) is flag


@pytest.mark.parametrize("raw", ["yes", 1, [], {}])
def test_no_flag(raw: Any) -> None:
    with pytest.raises(MalformedError):
        value_of(raw).flag()


@pytest.mark.parametrize(("raw", "missing"), [(None, True), (UNKNOWN, False), ("", False), ([], False), (False, False)])
def test_missing_never_raises(raw: Any, missing: bool) -> None:
    assert value_of(raw).missing is missing
    assert value_of({})["field"].missing


def test_paths() -> None:
    value = Value(proxied({"a": [{"b/c": {"d": 1}}]}))["a"].items()[0]["b/c"]["d"]
    assert value.path == 'a[0]["b/c"].d'


def test_what_is_not_known_is_noticed_by_every_way_of_reading() -> None:
    value = Value(proxied({"list": [UNKNOWN]}))["list"].items()[0]
    assert not value.known
    for read in (
        value.text,
        value.number,
        value.flag,
        value.items,
        value.fields,
        value.document,
        value.one_or_more,
    ):
        with pytest.raises(NotKnownError):
            read()
    with pytest.raises(NotKnownError):
        assert value["deeper"]
    with pytest.raises(NotKnownError):
        assert value.present


def test_it_cannot_be_mistaken_for_what_it_holds() -> None:
    for mistake in (lambda: bool(value_of(False)), lambda: value_of("a") == "a", lambda: {value_of("a")}):
        with pytest.raises(TypeError):
            mistake()


def test_a_document_is_text_or_an_object() -> None:
    assert value_of('{"a": 1}').document()["a"].number() == 1
    assert value_of({"a": 1}).document()["a"].number() == 1
    for broken in ("{", '{"a": 1, "a": 2}', "[" * 100_000):
        with pytest.raises(MalformedError):
            value_of(broken).document()


@pytest.mark.parametrize(
    ("pattern", "name", "does"),
    [
        ("iam:PassRole", "iam:passrole", True),
        ("iam:Pass?ole", "iam:PassRole", True),
        ("iam:?PassRole", "iam:PassRole", False),
        ("iam:*", "iam:PassRole", True),
        ("iam.PassRole", "iam:PassRole", False),
        ("iam:Pass", "iam:PassRole", False),
    ],
)
def test_patterns_cover_as_iam_reads_them(pattern: str, name: str, does: bool) -> None:
    assert covers(pattern, name) is does


@pytest.mark.parametrize(("value", "leaves"), [("x", ["x"]), ({"a": ["x", {"b": 1}]}, ["x", 1]), (None, [None])])
def test_every_leaf_is_walked(value: Any, leaves: list[Any]) -> None:
    assert sorted((leaf.scalar() for leaf in value_of(value).walk()), key=str) == sorted(leaves, key=str)
