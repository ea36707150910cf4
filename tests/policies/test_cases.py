"""Every case of every policy, through the SDK's proxies."""

from __future__ import annotations

import datetime

import pytest

from policies.kernel import clock, ledger
from policies.kernel.cases import Case
from policies.kernel.policy import Policy
from policies.registry import POLICIES, cases
from tests.support.policies.sdk_harness import outcome

DAY = datetime.date(2026, 11, 1)
"""The day on which the cases hold."""
DECIDED_BY_TYPE = {
    "chart-objects-are-seen",
    "iam-no-access-key",
    "nodes-no-remote-access",
    "package-allowlist",
}
"""These refuse something for being there; nothing of it needs to be known."""
ALL = [
    pytest.param(policy, case, id=f"{policy.id}-{case.name}")
    for policy in POLICIES
    for case in cases().get(policy.id, ())
]


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: DAY)
    monkeypatch.delenv("PULUMI_DRY_RUN", raising=False)
    ledger.RUN.clear()


@pytest.mark.parametrize(("policy", "case"), ALL)
def test_case(policy: Policy, case: Case) -> None:
    said = outcome(policy, case.items, case.settings)
    if case.expected == "pass":
        assert (said.violations, said.undecided) == ((), None)
    elif case.expected == "unknown":
        assert said.violations == ()
        assert said.undecided is not None
    else:
        assert said.violations, f"undecided: {said.undecided}"
        prefix = f"{policy.id}: {case.at}: found "
        assert any(text.startswith(prefix) for text in said.violations), said.violations
        for text in said.violations:
            assert ", required " in text
            assert f"; fix: {policy.fix}; see {policy.requirement} https://" in text


def test_the_cases_belong_to_policies() -> None:
    assert not cases().keys() - {policy.id for policy in POLICIES}


@pytest.mark.parametrize("policy", [pytest.param(policy, id=policy.id) for policy in POLICIES])
def test_a_policy_has_all_kinds_of_cases(policy: Policy) -> None:
    kinds = {case.expected for case in cases().get(policy.id, ())}
    # A stack policy follows dependencies where identifiers are not known yet.
    readable = policy.rule and policy.id not in DECIDED_BY_TYPE
    assert kinds >= ({"pass", "fail", "unknown"} if readable else {"pass", "fail"})
    names = [case.name for case in cases()[policy.id]]
    assert len(set(names)) == len(names)
