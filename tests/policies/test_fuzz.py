"""No input makes a policy throw: it passes, breaks the policy, or waits for what is not known."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.kernel.cases import Item
from policies.kernel.policy import Policy
from policies.registry import POLICIES, cases
from tests.support.policies.malformed import JUNK, mutated
from tests.support.policies.sdk_harness import outcome

EXAMPLES = 12


@pytest.mark.parametrize("policy", [pytest.param(policy, id=policy.id) for policy in POLICIES])
def test_junk_in_a_case(policy: Policy) -> None:
    @settings(max_examples=EXAMPLES, database=None)
    @given(data=st.data())
    def judged(data: st.DataObject) -> None:
        case = data.draw(st.sampled_from(cases()[policy.id]))
        items = tuple(
            Item(type=one.type, props=data.draw(mutated(one.props)), name=one.name, depends_on=one.depends_on)
            for one in case.items
        )
        said = outcome(
            policy, items, data.draw(st.dictionaries(st.sampled_from(["exemptions", *policy.settings]), JUNK))
        )
        for text in said.violations:
            assert text.startswith(f"{policy.id}: ")
            assert "Error at" not in text, "a rule threw: it fails closed, but should have said what is wrong"

    judged()
