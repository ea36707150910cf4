"""The stand-in random provider behaves as pulumi-random 4.21 with terraform-provider-random 3.9 does."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from sandbox.providers.base import UNKNOWN, Diff
from sandbox.providers.random import RandomProvider

PROVIDER = RandomProvider()


def token(name: str) -> str:
    return f"random:index/random{name}:Random{name}"


def made(name: str, **inputs: Any) -> tuple[str, dict[str, Any]]:
    checked, failures = PROVIDER.check("", token(name), {}, inputs, b"")
    assert not failures
    return PROVIDER.create("", token(name), checked, preview=False, timeout=0)


def refused(name: str, **inputs: Any) -> set[str]:
    return {failure.property for failure in PROVIDER.check("", token(name), {}, inputs, b"")[1]}


def test_the_id_of_bytes_is_their_value() -> None:
    id_, outputs = made("Bytes", length=20)
    assert id_ == outputs["base64"]
    assert base64.b64decode(id_).hex() == outputs["hex"]
    assert len(outputs["hex"]) == 40
    assert refused("Bytes", length=0) == {"length"}


def test_a_password_has_no_id_but_a_hash() -> None:
    id_, outputs = made("Password", length=12)
    assert id_ == "none"
    assert len(outputs["bcryptHash"]) == 60
    assert outputs["bcryptHash"].startswith("$2a$10$")
    preview = PROVIDER.create("", token("Password"), {"length": 12}, preview=True, timeout=0)[1]
    assert {name for name, value in preview.items() if value == UNKNOWN} == {"result", "bcryptHash"}


def test_a_string_is_its_own_id() -> None:
    id_, outputs = made("String", length=12)
    assert id_ == outputs["result"]


def test_text_is_of_the_classes_that_are_on_and_of_every_minimum() -> None:
    _, outputs = made("Password", length=400, lower=False, numeric=False, overrideSpecial="234567")
    assert set(outputs["result"]) == set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    _, outputs = made("Password", length=3, upper=False, special=False, lower=False, minSpecial=2)
    assert sum(not char.isdigit() for char in outputs["result"]) == 2, "a minimum counts also for a class that is off"


def test_defaults_are_outputs_and_writing_them_out_changes_nothing() -> None:
    _, outputs = made("Password", length=12)
    assert {name: outputs[name] for name in ("lower", "number", "numeric", "minUpper")} == {
        "lower": True,
        "number": True,
        "numeric": True,
        "minUpper": 0,
    }
    assert PROVIDER.diff("", token("Password"), "none", {"length": 12}, outputs, {"length": 12, "lower": True}, []) == (
        Diff()
    )
    changed = PROVIDER.diff("", token("Password"), "none", {"length": 12}, outputs, {"length": 13}, [])
    assert changed == Diff(replaces=("length",))


def test_number_is_an_older_name_of_numeric() -> None:
    _, outputs = made("Password", length=40, number=False)
    assert (outputs["number"], outputs["numeric"]) == (False, False)
    assert not any(char.isdigit() for char in outputs["result"])
    changed = PROVIDER.diff(
        "", token("Password"), "none", {"length": 40}, outputs, {"length": 40, "numeric": False}, []
    )
    assert set(changed.replaces) == {"number", "numeric"}


@pytest.mark.parametrize(
    ("inputs", "what"),
    [
        ({"length": 0}, "length"),
        ({"length": 3, "minLower": 4}, "length"),
        ({"length": 3, "upper": False, "lower": False, "numeric": False, "special": False}, "numeric"),
    ],
)
def test_what_the_validators_refuse_is_refused_in_a_preview(inputs: dict[str, Any], what: str) -> None:
    assert refused("Password", **inputs) == {what}


def test_an_id_carries_no_prefix() -> None:
    id_, outputs = made("Id", byteLength=5, prefix="build-")
    assert outputs["b64Url"] == f"build-{id_}"
