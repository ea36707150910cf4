"""No verdict depends on how a resource is written, and none is given before it can be known."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from typing import Final

import pytest

from policies.kernel import clock
from policies.kernel.policy import Policy
from policies.registry import POLICIES, cases
from tests.adversary.matrix import rewritings, verdict, with_unknown
from tests.adversary.reviewed import REFUSED_BEFORE, REVIEWED, SHOWS_LATER, SUCCESSORS
from tests.adversary.transformations import TRANSFORMATIONS
from tests.support.policies.examples import DAY

BY_ID: Final = {policy.id: policy for policy in POLICIES}
EACH: Final = [pytest.param(policy, id=policy.id) for policy in POLICIES]


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: DAY)


def test_the_day_is_that_of_the_cases() -> None:
    assert datetime.date(2026, 11, 1) == DAY


@pytest.mark.parametrize("policy", EACH)
def test_a_verdict_is_the_same_in_other_words(policy: Policy) -> None:
    differing: dict[str, list[str]] = defaultdict(list)
    for one in rewritings(policy):
        judges = [policy, *(BY_ID[name] for name in SUCCESSORS.get(policy.id, ()) if one.case.expected == "fail")]
        found = [verdict(judge, one.items, one.case.settings if judge is policy else {}) for judge in judges]
        if one.case.expected not in found:
            differing[one.transformation.name].append(f"{one.case.name}: {', '.join(found)}")
    assert set(differing) == REVIEWED.get(policy.id, (set(), ""))[0], dict(differing)


@pytest.mark.parametrize("policy", [pytest.param(one, id=one.id) for one in POLICIES if one.rule])
def test_what_is_not_known_decides_nothing(policy: Policy) -> None:
    """Stack policies are left out: where they miss a value, the engine names the resource that it comes from."""
    early: dict[str, list[str]] = defaultdict(list)
    for case in cases()[policy.id]:
        if case.expected == "unknown":
            continue
        for path, items in with_unknown(case):
            found = verdict(policy, items, case.settings)
            if found not in (case.expected, "unknown"):
                early[found].append(f"{case.name} without {path}")
    assert ("pass" in early) == (policy.id in SHOWS_LATER), early["pass"]
    assert ("fail" in early) == (policy.id in REFUSED_BEFORE), early["fail"]


def test_every_transformation_is_used() -> None:
    used = Counter(one.transformation.name for policy in POLICIES for one in rewritings(policy))
    names = [one.name for one in TRANSFORMATIONS]
    assert used.keys() == set(names)
    assert len(set(names)) == len(names)


def test_reviewed_entries_name_policies() -> None:
    assert not (REVIEWED.keys() | SUCCESSORS.keys() | SHOWS_LATER.keys() | REFUSED_BEFORE.keys()) - BY_ID.keys()
