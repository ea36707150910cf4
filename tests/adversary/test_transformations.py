"""No verdict depends on how a resource is written, and none is given before it can be known."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final

import pytest

from policies.kernel import clock
from policies.kernel.policy import Policy
from policies.registry import POLICIES, cases
from tests.adversary.matrix import rewritings, verdict, with_unknown
from tests.adversary.transformations import TRANSFORMATIONS
from tests.support.policies.examples import DAY

BY_ID: Final = {policy.id: policy for policy in POLICIES}
TASKS: Final = frozenset({"job_instead_of_deployment", "cron_job_instead_of_deployment"})
OTHER_ROUTERS: Final = frozenset(
    f"{name}_instead_of_deployment"
    for name in ("custom_resource", "pod", "pod_template", "replica_set", "rollout", "job", "cron_job")
)
REVIEWED: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "deis-controller-environment": (TASKS, "A task serves nobody."),
    "registration-not-open": (TASKS, "A task serves nobody."),
    "whitelist-enforced": (
        OTHER_ROUTERS,
        "The router reads the annotations of the Deployment deis-router (teamhephy/router, model/model.go).",
    ),
    "kind-as-typed": (frozenset({"in_a_list"}), "An item of a List is judged as the kind that it names."),
}
"""Policy -> transformations after which a verdict differs, and why that is right."""
SUCCESSORS: Final[Mapping[str, tuple[str, ...]]] = {
    "iam-no-escalation": ("iam-no-admin-wildcard",),
    "iam-no-escalation-together": ("iam-no-admin-wildcard", "iam-no-escalation"),
    "iam-no-service-wildcard": ("iam-no-admin-wildcard", "iam-no-escalation"),
    "iam-passrole-scoped": ("iam-no-admin-wildcard", "iam-no-escalation"),
}
"""Policies that take over where more is allowed, because one fault has one message."""
SHOWS_LATER: Final[Mapping[str, str]] = {
    "no-default-credentials": "What another resource makes is no default; which chart it is shows in the update.",
    "no-public-sharing": "The source that another resource of the stack makes is one.",
    "no-secret-in-env": "Only a text can be an address with a password.",
    "registration-not-open": "Which chart it is shows in the update.",
    "router-tls-modern": "Which chart it is shows in the update.",
    "shared-dh-parameters": "Which chart it is shows in the update.",
    "storage-and-database-off-cluster": "Which chart it is shows in the update.",
    "volumes-encrypted": "Which device it is shows in the update.",
    "whitelist-enforced": "Which chart it is shows in the update.",
    "whitelist-not-everyone": "Which chart it is shows in the update.",
}
"""Resource policies that pass something of which not all is known, and are quiet about that in the preview."""
REFUSED_BEFORE: Final[Mapping[str, str]] = {
    "no-public-sharing": "A condition that is decided later as a whole ties nothing.",
    "no-secret-in-env": "A password that another resource makes is one.",
    "registration-not-open": "Values that are decided later have to name the mode themselves.",
    "whitelist-enforced": "A variable that is decided later may switch the router off.",
}
"""Resource policies that refuse something of which not all is known."""
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
