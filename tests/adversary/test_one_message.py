"""One fault has one message: no two policies refuse the same property of the same resource."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import pytest

from policies.kernel import clock
from policies.kernel.cases import Case
from policies.kernel.policy import Policy
from policies.kernel.resource import Stack
from policies.registry import POLICIES, cases
from tests.adversary.matrix import resources
from tests.adversary.reviewed import BOTH_SAY_IT
from tests.support.policies.examples import DAY

Place = tuple[str, str]
"""A resource's URN, and a path."""


def said(policy: Policy, case: Case, settings: bool) -> Iterator[Place]:
    """Where a policy refuses something; what cannot be read is malformed for each policy that reads it."""
    config = policy.configuration(case.settings if settings else {})
    judged = resources(policy, case.items, config)
    if policy.rule is None:
        stack = Stack(resources=judged, settings=config)
        for violation in policy.judge_stack(stack).violations if judged else ():
            if violation not in stack.malformed:
                yield violation.urn or "", violation.path
        return
    for resource in judged:
        for violation in policy.judge(resource).violations:
            if violation not in resource.malformed:
                yield violation.urn or resource.urn, violation.path


def pairs() -> dict[frozenset[str], list[str]]:
    """Two policies -> where both of them refuse the same."""
    found: dict[frozenset[str], list[str]] = defaultdict(list)
    for owner in POLICIES:
        for case in cases()[owner.id]:
            if case.expected != "fail":
                continue
            by_place: dict[Place, set[str]] = defaultdict(set)
            for policy in POLICIES:
                for place in said(policy, case, policy is owner):
                    by_place[place].add(policy.id)
            for (_, path), names in by_place.items():
                for pair in itertools.combinations(sorted(names), 2):
                    found[frozenset(pair)].append(f"{owner.id} {case.name}: {path}")
    return found


def test_a_fault_has_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: DAY)
    monkeypatch.setenv("PULUMI_DRY_RUN", "true")
    found = pairs()
    assert {tuple(sorted(pair)): places[:3] for pair, places in found.items() if pair not in BOTH_SAY_IT} == {}
    assert BOTH_SAY_IT.keys() - found.keys() == set()


MOST: Final = 15


def test_the_list_is_short() -> None:
    assert len(BOTH_SAY_IT) <= MOST
