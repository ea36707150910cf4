"""docs/benchmarks.md: a line for every control, and what a line names exists."""

from __future__ import annotations

import functools

import pytest

from policies.kernel.frameworks import FRAMEWORKS, frameworks
from sandbox.engine.stack import ROOT
from tests.support.program.whole_program import made
from tools.benchmarks import DOCUMENT, MET, NOT_APPLICABLE, Verdict, evidence, key_of, lines, page, verdict, verdicts

ALL = [
    pytest.param(each, id=f"{framework.id}:{control}")
    for framework in frameworks().values()
    for control, each in verdicts(framework).items()
]


def test_the_document_is_current() -> None:
    assert DOCUMENT.read_text() == page(), "run `make docs`"


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_line_is_about_a_control(framework: str) -> None:
    keys = lines(framework)
    assert {key_of(control, keys) for control in frameworks()[framework].controls} == keys.keys()


@pytest.mark.parametrize("each", ALL)
def test_what_a_verdict_names_exists(each: Verdict) -> None:
    for type_, path, value in map(evidence, each.types):
        resources = made().of(type_)
        assert resources, type_
        for resource in resources if path else ():
            found = functools.reduce(lambda part, key: part.get(key) if part else None, path, resource.inputs)
            assert found if value is None else found == value, (resource.name, path, found)
    assert not [path for path in each.tests if not (ROOT / "tests" / path).is_file()]


@pytest.mark.parametrize("each", ALL)
def test_what_is_absent_is_not_registered(each: Verdict) -> None:
    assert not each.absent or not {one.type for one in made().resources if one.type.startswith(f"aws:{each.absent}")}


def test_a_control_without_a_line_and_one_with_two_are_refused() -> None:
    with pytest.raises(LookupError, match=r"EKS\.1 has 0 lines"):
        key_of("EKS.1", {"EC2.*": ""})
    with pytest.raises(LookupError, match="has 2 lines"):
        key_of("EKS.1", {"EKS.*": "", "*.1": ""})
    assert key_of("EKS.1", {"EKS.1": "", "EKS.*": ""}) == "EKS.1"


@pytest.mark.parametrize(
    "text", ["", "met", "met a/b:C", "met  by x", "open", "open: ", "absent: why", "absent ecr/", "done: x"]
)
def test_a_line_without_a_verdict_or_a_reason_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no verdict"):
        verdict(text)


def test_evidence() -> None:
    assert evidence("a/b:B") == ("a/b:B", (), None)
    assert evidence("a/b:B{c.d}") == ("a/b:B", ("c", "d"), None)
    assert evidence("a/b:B{c=['x','y']}") == ("a/b:B", ("c",), ["x", "y"])
    assert evidence("a/b:B{c=false}") == ("a/b:B", ("c",), False)


def test_verdicts() -> None:
    assert verdict("met a/b:B by unit/x.py: so") == Verdict(kind=MET, types=("a/b:B",), tests=("unit/x.py",), note="so")
    assert verdict("absent ecr/: none") == Verdict(kind=NOT_APPLICABLE, absent="ecr/", note="none")
    assert verdict("not applicable: AWS's") == Verdict(kind=NOT_APPLICABLE, note="AWS's")
