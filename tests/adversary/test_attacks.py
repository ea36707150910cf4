"""Every attack of the corpus is refused under the production preset, by the policy that must refuse it."""

from __future__ import annotations

from collections import Counter

import pytest

from policies.kernel.configuration import preset, resolve
from policies.kernel.policy import MANDATORY, REMEDIATE
from policies.registry import POLICIES
from tests.adversary.attack import Attack
from tests.adversary.attacks import ATTACKS
from tests.support.policies.sdk_harness import outcome

BY_ID = {policy.id: policy for policy in POLICIES}
CONFIGURED = resolve(preset("production"), POLICIES)


def test_names_are_unique() -> None:
    assert [name for name, count in Counter(attack.name for attack in ATTACKS).items() if count > 1] == []


@pytest.mark.parametrize("attack", [pytest.param(attack, id=attack.name) for attack in ATTACKS])
def test_an_attack_is_refused_in_production(attack: Attack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_DRY_RUN", "true")
    policy = BY_ID[attack.blocked_by]
    assert CONFIGURED[policy.id].level in (MANDATORY, REMEDIATE)
    settings = CONFIGURED[policy.id].settings
    judged = [(item,) for item in attack.items if item.type in policy.types] if policy.rule else [attack.items]
    assert any(outcome(policy, items, settings).violations for items in judged), attack.why
