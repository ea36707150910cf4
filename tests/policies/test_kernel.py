"""The kernel: what it does with rules that throw, values that are not known, exemptions and repairs."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from pulumi_policy import ResourceValidationArgs, ResourceValidationPolicy
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY, deserialize_properties, serialize_properties
from pulumi_policy.proxy import unknown_checking_proxy

from policies.guidelines.exemptions import LONGEST_DAYS
from policies.kernel import clock, ledger
from policies.kernel.cases import UNKNOWN, Item
from policies.kernel.policy import HIGH, MANDATORY, ROOT, Policy
from policies.kernel.resource import Resource, Stack, Violation, violation
from policies.rules.compute.metadata import IMDSV2
from policies.rules.compute.volumes import ENCRYPTED
from policies.rules.pack.exemption_review import REVIEWED
from tests.support.policies.sdk_harness import OPTIONS, outcome

TYPE = "test:a/thing:Thing"
DAY = datetime.date(2026, 11, 1)
URN = f"urn:pulumi:test::cases::{TYPE}::it"
SEE = "; see INH-4 https://infosec.mozilla.org/guidelines/kubernetes"


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: DAY)
    monkeypatch.delenv("PULUMI_DRY_RUN", raising=False)
    ledger.RUN.clear()


def policy(rule: Any = None, **changes: Any) -> Policy:
    given: dict[str, Any] = {
        "id": "no-red",
        "requirement": "INH-4",
        "types": frozenset({TYPE}),
        "level": MANDATORY,
        "severity": HIGH,
        "description": "Nothing is red.",
        "fix": "paint it",
        "rule": rule,
    }
    return Policy(**{**given, **changes})


def no_red(resource: Resource) -> Iterator[Violation]:
    for one in resource.props["colours"].items():
        with resource.isolate():
            if one.text() == "red":
                yield violation(one, "red", "blue")


def thing(*colours: Any, **more: Any) -> tuple[Item]:
    return (Item(type=TYPE, props={"colours": list(colours), **more}),)


class TestViolations:
    def test_they_read_id_path_found_required_fix(self) -> None:
        said = outcome(policy(no_red), thing("blue", "red"))
        assert said.violations == (f"no-red: colours[1]: found red, required blue; fix: paint it{SEE}",)
        assert said.urns == (None,), "the SDK takes that of the resource"

    def test_each_thing_that_is_wrong_is_told_once(self) -> None:
        assert len(outcome(policy(no_red), thing("red", "red")).violations) == 2

    def test_another_type_is_left_alone(self) -> None:
        assert not outcome(policy(no_red), (Item(type="test:a/other:Other", props={"colours": ["red"]}),)).violations

    def test_long_and_broken_lines_are_cut(self) -> None:
        def rule(resource: Resource) -> Iterator[Violation]:
            yield violation(resource.props, "x\n" * 1000, "y")

        (text,) = outcome(policy(rule), thing()).violations
        assert "\n" not in text
        assert len(text) < 500


class TestFailingClosed:
    def test_a_rule_that_throws_breaks_the_policy_without_telling_the_value(self) -> None:
        def rule(resource: Resource) -> Iterator[Violation]:
            raise ValueError(resource.props["secret"].text())
            yield

        (text,) = outcome(policy(rule), thing(secret="hunter2")).violations
        assert text.startswith("no-red: (resource): found ValueError at test_kernel.py:")
        assert "in no-red, required a resource that can be judged" in text
        assert "hunter2" not in text

    def test_what_was_found_before_is_kept(self) -> None:
        def rule(resource: Resource) -> Iterator[Violation]:
            yield from no_red(resource)
            raise RuntimeError

        assert len(outcome(policy(rule), thing("red")).violations) == 2

    def test_a_malformed_value_breaks_the_policy_without_being_told(self) -> None:
        item = Item(type=TYPE, props={"colours": "hunter2"})
        assert outcome(policy(no_red), (item,)).violations == (
            f"no-red: colours: found a value of type str, required a list; fix: paint it{SEE}",
        )

    def test_a_stack_rule_that_throws_breaks_the_policy(self) -> None:
        def rule(stack: Stack) -> Iterator[Violation]:
            raise KeyError(stack.resources[0].name)
            yield

        (text,) = outcome(policy(stack_rule=rule), thing()).violations
        assert "KeyError" in text


class TestUnknown:
    def test_in_a_preview_it_is_a_note(self) -> None:
        said = outcome(policy(no_red), thing(UNKNOWN))
        assert said.violations == ()
        assert said.undecided == "string value at .colours[0] can't be known during preview"

    def test_it_hides_nothing_else(self) -> None:
        said = outcome(policy(no_red), thing(UNKNOWN, "red"))
        assert len(said.violations) == 1
        assert said.undecided

    def test_in_an_update_it_breaks_the_policy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Everything is known then: what is not was given as the engine's own sign for unknown."""
        monkeypatch.setenv("PULUMI_DRY_RUN", "false")
        said = outcome(policy(no_red), thing(UNKNOWN))
        assert said.violations == (
            f"no-red: colours[0]: found a value that is not known, required a known value; fix: paint it{SEE}",
        )
        assert said.undecided is None

    def test_one_resource_does_not_hide_the_others_of_a_stack(self) -> None:
        def rule(stack: Stack) -> Iterator[Violation]:
            for resource in stack.of({TYPE}):
                with stack.isolate():
                    for one in resource.props["colours"].items():
                        if one.text() == "red":
                            yield violation(one, "red", "blue", resource.urn)

        items = (*thing(UNKNOWN), Item(type=TYPE, props={"colours": ["red"]}, name="second"))
        said = outcome(policy(stack_rule=rule), items)
        assert said.urns == (URN.replace("::it", "::second"),)
        assert said.undecided


def exemption(**changes: Any) -> dict[str, Any]:
    given = {"urn": "urn:pulumi:test::*::*::it", "reason": "lab", "owner": "ada", "expires": "2026-12-31"}
    return {"exemptions": [{**given, **changes}]}


class TestExceptions:
    def test_one_lets_its_resource_pass(self) -> None:
        assert not outcome(policy(no_red), thing("red"), exemption()).violations

    def test_its_last_day_counts(self) -> None:
        assert not outcome(policy(no_red), thing("red"), exemption(expires=DAY.isoformat())).violations

    def test_an_expired_one_blocks_and_says_whose_it_was(self) -> None:
        (text,) = outcome(policy(no_red), thing("red"), exemption(expires="2026-10-31")).violations
        assert text.endswith(f"; fix: paint it{SEE} (the exemption of ada ended on 2026-10-31)")

    def test_one_of_another_resource_does_not_help(self) -> None:
        assert outcome(policy(no_red), thing("red"), exemption(urn="urn:pulumi:prod::*::*::it")).violations

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"reason": " "}, "reason missing"),
            ({"owner": None}, "owner missing"),
            ({"urn": "*"}, "is no URN"),
            ({"urn": "urn:pulumi:*::*"}, "is no URN"),
            ({"urn": "urn:pulumi:*::*::*::*"}, "is too wide"),
            ({"urn": "urn:pulumi:test::*::*::*"}, "is too wide"),
            ({"urn": f"urn:pulumi:*::*::{TYPE}::*"}, "is too wide"),
            ({"urn": "urn:pulumi:test::*::test:a/*::*"}, "is too wide"),
            ({"urn": "urn:pulumi:test::*::*::[hij]t"}, "character class"),
            ({"expires": "soon"}, "Invalid isoformat"),
            ({"expires": (DAY + datetime.timedelta(days=LONGEST_DAYS + 1)).isoformat()}, "days ahead"),
            ({"urn": ["a"]}, "does not count"),
        ],
    )
    def test_one_without_reason_owner_end_or_aim_counts_as_none(self, changes: dict[str, Any], why: str) -> None:
        (text,) = outcome(policy(no_red), thing("red"), exemption(**changes)).violations
        assert why in text

    @pytest.mark.parametrize("urn", ["urn:pulumi:*::*::*::it", f"urn:pulumi:test::*::{TYPE}::*"])
    def test_one_that_names_a_resource_or_a_stack_and_a_type_counts(self, urn: str) -> None:
        assert not outcome(policy(no_red), thing("red"), exemption(urn=urn)).violations

    def test_a_wildcard_matches_within_its_part_only(self) -> None:
        urn = f"urn:pulumi:test::cases::{TYPE}$other:a/thing:Thing::it"
        assert outcome(policy(no_red), thing("red"), exemption(urn=urn.replace("cases", "*"))).violations

    def test_it_holds_for_a_resource_that_a_stack_policy_names(self) -> None:
        def rule(stack: Stack) -> Iterator[Violation]:
            for resource in stack.resources:
                yield violation("colours", "red", "blue", resource.urn)

        items = (*thing(), Item(type=TYPE, props={}, name="second"))
        assert outcome(policy(stack_rule=rule), items, exemption()).urns == (URN.replace("::it", "::second"),)


def standings() -> list[tuple[str, str, int]]:
    return [(one.policy, one.standing, len(one.used_by)) for one in ledger.RUN.entries()]


class TestTheLedger:
    def test_one_in_use_is_entered_with_what_it_covers(self) -> None:
        outcome(policy(no_red), thing("red"), exemption())
        assert standings() == [("no-red", "in use", 1)]

    def test_one_that_nothing_needs_is_unused(self) -> None:
        outcome(policy(no_red), thing("blue"), exemption())
        assert standings() == [("no-red", "unused", 0)]

    def test_one_about_what_is_not_known_yet_is_left_open(self) -> None:
        outcome(policy(no_red), thing(UNKNOWN), exemption())
        assert standings() == [("no-red", "undecided", 0)]

    def test_one_that_ended_is_expired_whether_needed_or_not(self) -> None:
        outcome(policy(no_red), thing("red"), exemption(expires="2026-10-31"))
        outcome(policy(no_red, id="no-pink"), thing("blue"), exemption(expires="2026-10-31"))
        assert standings() == [("no-red", "expired", 1), ("no-pink", "expired", 0)]

    def test_one_of_a_policy_that_has_nothing_to_judge_is_entered_by_the_stack_itself(self) -> None:
        outcome(policy(no_red), (Item(type=ROOT, props={}),), exemption())
        outcome(policy(stack_rule=lambda stack: iter(()), id="no-pink"), (Item(type=ROOT, props={}),), exemption())
        assert standings() == [("no-red", "unused", 0), ("no-pink", "unused", 0)]

    def test_what_counts_as_none_is_entered(self) -> None:
        outcome(policy(no_red), thing("blue"), exemption(owner=""))
        assert list(ledger.RUN.faults()) == [("no-red", "exemptions[0] does not count: owner missing")]

    def test_the_review_tells_all_but_what_is_open_and_what_is_of_other_stacks(self) -> None:
        outcome(policy(no_red), thing("red", UNKNOWN), exemption())
        outcome(policy(no_red), thing("blue"), exemption(urn="urn:pulumi:prod::shop::*::it"))
        outcome(policy(no_red, id="no-pink"), thing(UNKNOWN), exemption())
        (told,) = outcome(REVIEWED, (Item(type=ROOT, props={}),)).violations
        assert "no-red.exemptions[urn:pulumi:test::*::*::it]: found in use by 1 until 2026-12-31 (ada: lab)" in told


def repaired(policy: Policy, type_: str, props: dict[str, Any], config: dict[str, Any] | None = None) -> Any:
    """What the SDK sends back after a repair; None: nothing was changed."""
    adapted = policy.adapt()
    assert isinstance(adapted, ResourceValidationPolicy)
    given = unknown_checking_proxy(deserialize_properties(props, True))
    urn = f"urn:pulumi:test::cases::{type_}::it"
    made = adapted.remediate(ResourceValidationArgs(type_, given, urn, "it", OPTIONS, None, config or {}))
    return None if made is None else serialize_properties(made)  # type: ignore[arg-type]


INSTANCE = "aws:ec2/instance:Instance"
SECRET = {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": "hush"}


class TestRepairs:
    def test_what_is_missing_is_added_and_the_rest_stays(self) -> None:
        props = {"ami": UNKNOWN, "userData": SECRET, "tags": {"a": "b"}}
        assert repaired(IMDSV2, INSTANCE, props) == {**props, "metadataOptions": {"httpTokens": "required"}}

    def test_what_is_wrong_deep_inside_is_set(self) -> None:
        props = {
            "rootBlockDevice": {"encrypted": True},
            "ebsBlockDevices": [{"deviceName": "a", "encrypted": True}, {"deviceName": "b"}],
        }
        assert repaired(ENCRYPTED, INSTANCE, props)["ebsBlockDevices"][1] == {"deviceName": "b", "encrypted": True}

    def test_what_is_right_is_not_touched(self) -> None:
        assert repaired(IMDSV2, INSTANCE, {"metadataOptions": {"httpTokens": "required"}}) is None

    def test_what_is_not_known_is_not_touched(self) -> None:
        assert repaired(IMDSV2, INSTANCE, {"metadataOptions": UNKNOWN}) is None

    def test_what_is_malformed_is_left_to_the_rule(self) -> None:
        assert repaired(IMDSV2, INSTANCE, {"metadataOptions": "off"}) is None
        assert outcome(IMDSV2, (Item(type=INSTANCE, props={"metadataOptions": "off"}),)).violations

    def test_an_exception_holds_for_repairs_too_until_it_ends(self) -> None:
        assert repaired(IMDSV2, INSTANCE, {}, exemption()) is None
        assert repaired(IMDSV2, INSTANCE, {}, exemption(expires="2026-10-31")) is not None
