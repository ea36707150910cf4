"""The Pod Security level of each namespace: one map, the same for every policy of the standards."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.kernel.cases import UNKNOWN, Case, Item, changed
from policies.kernel.policy import Policy
from policies.registry import POLICIES, cases
from policies.rules.workloads.levels import RANK, level_of
from tests.support.policies.sdk_harness import outcome

STANDARDS = [policy for policy in POLICIES if policy.id.startswith("pod-security-")]
HERE = {"namespaces": {"shop": "privileged", "*": "restricted"}}
"""Where the cases are, and everywhere else."""


def failing(policy: Policy) -> Case:
    """A case that fails by default, of an object that names its namespace."""
    return next(
        case
        for case in cases()[policy.id]
        if case.expected == "fail"
        and not case.settings
        and case.items[0].props.get("metadata", {}).get("namespace") == "shop"
    )


def broken(policy: Policy, settings: Any, namespace: Any = "shop") -> bool:
    (item,) = failing(policy).items
    moved = Item(type=item.type, props=changed(item.props, {"metadata.namespace": namespace}))
    return bool(outcome(policy, (moved,), settings).violations)


@pytest.mark.parametrize("policy", [pytest.param(policy, id=policy.id) for policy in STANDARDS])
def test_a_control_holds_where_its_level_does(policy: Policy) -> None:
    of_baseline = policy.id.startswith("pod-security-baseline-")
    assert broken(policy, {})
    assert not broken(policy, HERE)
    assert broken(policy, HERE, "shops")
    assert broken(policy, {"namespaces": {"sh?p": "baseline"}}) is of_baseline
    assert broken(policy, {"namespaces": {"other": "privileged"}}), "what the map does not name is restricted"
    assert broken(policy, {"namespaces": {"default": "restricted", "*": "privileged"}}, None)


@pytest.mark.parametrize("policy", [pytest.param(policy, id=policy.id) for policy in STANDARDS])
def test_a_namespace_that_is_not_known_is_waited_for_only_where_it_matters(policy: Policy) -> None:
    (item,) = failing(policy).items
    later = (Item(type=item.type, props=changed(item.props, {"metadata.namespace": UNKNOWN})),)
    assert outcome(policy, later).violations
    waiting = outcome(policy, later, HERE)
    assert (waiting.violations, bool(waiting.undecided)) == ((), True)


def test_a_list_is_judged_as_its_strictest_namespace() -> None:
    policy = STANDARDS[0]
    (item,) = failing(policy).items
    bad = {**item.props, "kind": item.type.rpartition(":")[2]}
    for namespaces, expected in ((["shop", "shop"], False), (["shop", "other"], True)):
        items = [changed(bad, {"metadata.namespace": namespace}) for namespace in namespaces]
        listed = (Item(type=f"{item.type}List", props={"items": items}),)
        assert bool(outcome(policy, listed, HERE).violations) is expected


@pytest.mark.parametrize(
    ("levels", "namespace", "level"),
    [
        ({"*": "privileged", "team-*": "baseline", "team-a": "restricted"}, "team-a", "restricted"),
        ({"*": "privileged", "team-*": "baseline", "team-a": "restricted"}, "team-b", "baseline"),
        ({"*": "privileged", "team-*": "baseline"}, "shop", "privileged"),
        ({}, "shop", "restricted"),
    ],
)
def test_the_most_exact_name_holds(levels: dict[str, str], namespace: str, level: str) -> None:
    assert level_of(levels, namespace) == level


@given(st.dictionaries(st.text("ab*?", max_size=4), st.sampled_from(sorted(RANK)), max_size=4), st.text("ab"))
def test_a_name_of_its_own_always_goes_before_patterns(levels: dict[str, str], namespace: str) -> None:
    assert level_of({**levels, namespace: "baseline"}, namespace) == "baseline"
