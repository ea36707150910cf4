"""Every requirement leads to what meets it, and everything that cites one leads to a requirement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.baseline.admission import rules
from policies.kernel.requirements import LINKS
from policies.registry import POLICIES
from tools.requirements import DOCUMENT, README, ROOT, document, readme, requirements

# Four digits are an ID of trivy.
ID = re.compile(r"(?<![\w-])(?:INH|PLAT|AWS|TLS|SSH|VPN|DEIS)-(?:\d|(?!\d{4})[A-Z0-9]{2,6})(?![\w-])")
NO_REQUIREMENT = {"AWS-IAM", "AWS-HMAC"}
"""What only looks like one: names of authentication schemes."""
COMPONENT = re.compile(r"^class \w+\(pulumi\.ComponentResource\)", re.MULTILINE)
SOURCES = ("components", "policies", "sandbox", "tests")
ALL = requirements()


def cited() -> Iterator[tuple[Path, str]]:
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for found in ID.findall(path.read_text()):
                yield path, found


@pytest.mark.parametrize("id_", ALL)
def test_a_requirement_is_met_somewhere_and_tested(id_: str) -> None:
    each = ALL[id_]
    assert each.components or each.policies
    assert each.tests


@pytest.mark.parametrize("id_", ALL)
def test_what_a_requirement_names_exists(id_: str) -> None:
    assert not [path for path in (*ALL[id_].components, *ALL[id_].tests) if not (ROOT / path).is_file()]


@pytest.mark.parametrize("id_", ALL)
def test_the_components_of_a_requirement_cite_it(id_: str) -> None:
    assert not [path for path in ALL[id_].components if id_ not in (ROOT / path).read_text()]


@pytest.mark.parametrize("id_", ALL)
def test_the_alarms_of_a_requirement_exist(id_: str) -> None:
    sources = "".join(path.read_text() for path in (ROOT / "components").rglob("*.py"))
    assert not [alarm for alarm in ALL[id_].alarms if f'"{alarm}"' not in sources and f"-{alarm}" not in sources]


def test_the_admission_rules_are_those_of_their_requirements() -> None:
    assert {id_: set(each.admission) for id_, each in ALL.items() if each.admission} == {
        requirement: {rule.id for rule in rules() if rule.requirement == requirement}
        for requirement in {rule.requirement for rule in rules()}
    }


def test_no_policy_is_without_a_requirement() -> None:
    assert not [policy.id for policy in POLICIES if not set(policy.requirement.split()) <= ALL.keys()]
    assert not [policy.id for policy in POLICIES if not policy.requirement.split()]


def test_no_component_is_without_a_requirement() -> None:
    listed = {path for each in ALL.values() for path in each.components}
    defined = [path for path in sorted((ROOT / "components").rglob("*.py")) if COMPONENT.search(path.read_text())]
    assert len(defined) > 10
    assert not [path.name for path in defined if str(path.relative_to(ROOT)) not in listed]


def test_every_requirement_has_a_link() -> None:
    assert LINKS.keys() == ALL.keys()


def test_no_code_cites_a_requirement_that_is_not_there() -> None:
    assert not {(path.name, found) for path, found in cited() if found not in ALL and found not in NO_REQUIREMENT}


def test_the_documents_are_current() -> None:
    assert DOCUMENT.read_text() == document(), "run `make docs`"
    assert README.read_text() == readme(README.read_text()), "run `make docs`"
