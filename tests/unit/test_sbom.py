"""The bill of materials: every dependency with its licence, made by a tool whose packages are pinned."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.engine.programs import ROOT
from tools import sbom


def component(name: str, *licences: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "version": "1.0", **({"licenses": list(licences)} if licences else {})}


def test_each_form_of_a_licence_is_read() -> None:
    bill = {
        "components": [
            component("expression", {"expression": "Apache-2.0 OR BSD-2-Clause"}),
            component("identifier", {"license": {"id": "MIT"}}, {"license": {"id": "MIT"}}),
            component("classifier", {"license": {"name": "License :: OSI Approved :: BSD License"}}),
        ]
    }
    assert [*sbom.licences(bill)] == [
        ("classifier", "1.0", "BSD License"),
        ("expression", "1.0", "Apache-2.0 OR BSD-2-Clause"),
        ("identifier", "1.0", "MIT"),
    ]


def test_a_licence_in_words_of_its_own_is_taken_and_none_is_an_error() -> None:
    bill = {"components": [component("protobuf"), component("nameless"), component("pydantic")]}
    completed = sbom.completed(bill, {"protobuf": "3-Clause BSD License", "pydantic": None})
    with pytest.raises(sbom.NoLicenceError, match=r"^no licence is named by nameless 1\.0, pydantic 1\.0$"):
        list(sbom.licences(completed))


def test_a_named_licence_is_kept() -> None:
    bill = {"components": [component("one", {"license": {"id": "MIT"}})]}
    assert [*sbom.licences(sbom.completed(bill, {"one": "something else"}))] == [("one", "1.0", "MIT")]


def test_the_tool_is_pinned_with_hashes() -> None:
    lock = (ROOT / sbom.TOOL_LOCK).read_text().replace("\\\n", "")
    packages = [line for line in lock.splitlines() if re.match(r"[a-z]", line)]
    assert any(line.startswith("cyclonedx-bom==") for line in packages)
    assert all("--hash=sha256:" in line for line in packages)
    pinned = re.search(r"cyclonedx-bom==[\d.]+", (ROOT / "Makefile").read_text())
    assert pinned
    assert f"{pinned[0]} " in lock
