"""The pack's own servicer against the SDK's: the same answers to everything, with one de-serialisation a resource."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi_policy.policy as sdk
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY

from benchmarks import policies
from benchmarks.stream import stream
from policies.kernel import fast_servicer as once
from policies.kernel import ledger, server
from policies.kernel.cases import UNKNOWN, Item
from policies.kernel.policy import Policy
from policies.kernel.value import Value
from policies.registry import PACK, POLICIES, cases
from tests.support.policies.malformed import mutated
from tests.support.policies.sdk_harness import LEVELS, policy_config, request, urn_of, wire

Servicer = Any
SECRET = {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": "s3cret"}
STACK = Item(type="pulumi:pulumi:Stack", props={}, name="stack")
EXCEPTION = {"urn": "urn:pulumi:*::*::*::it", "reason": "lab", "owner": "ada", "expires": "2020-01-01"}


def made(constructor: Any, policies: Sequence[Policy] = POLICIES) -> Servicer:
    """A servicer, made as the SDK makes it."""
    adapted = [policy.adapt() for policy in policies]
    return constructor(PACK, "0.0.1", adapted, EnforcementLevel.MANDATORY, None, None, None, None, None, None, None)


@pytest.fixture(scope="module")
def pair() -> tuple[Servicer, Servicer]:
    """Ours and the SDK's."""
    return made(once.servicer(POLICIES)), made(sdk._PolicyAnalyzerServicer)


@pytest.fixture(autouse=True)
def as_configured_first(pair: tuple[Servicer, Servicer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_DRY_RUN", raising=False)
    configure(pair, {})


def configure(pair: tuple[Servicer, Servicer], policies: Mapping[str, tuple[str, Mapping[str, Any]]]) -> None:
    """Gives both a configuration: policy -> level and properties."""
    config = {name: policy_config(*given) for name, given in policies.items()}
    for one in pair:
        one.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=config), None)


def whole(items: Sequence[Item]) -> Any:
    """A stack of the items, and of the resource that a stack itself is."""
    urns = {item.name: urn_of(item) for item in items}
    return analyzer_pb2.AnalyzeStackRequest(
        resources=[
            analyzer_pb2.AnalyzerResource(
                type=item.type,
                urn=urn_of(item),
                name=item.name,
                properties=wire(item.props),
                propertyDependencies={
                    key: analyzer_pb2.AnalyzerPropertyDependencies(
                        urns=[*(urns[name] for name in names), "urn:pulumi:test::gone"]
                    )
                    for key, names in item.depends_on.items()
                },
            )
            for item in (STACK, *items)
        ]
    )


def same(pair: tuple[Servicer, Servicer], items: Sequence[Item]) -> int:
    """Asks both everything about some resources; how much they had to say."""
    said = 0
    for call, requests in (
        ("Analyze", [request(item) for item in items]),
        ("Remediate", [request(item) for item in items]),
        ("AnalyzeStack", [whole(items)]),
    ):
        for each in requests:
            ours, theirs = (getattr(one, call)(each, None) for one in pair)
            assert ours == theirs
            said += ours.ByteSize()
    return said


@pytest.mark.parametrize("policy", [pytest.param(policy, id=policy.id) for policy in POLICIES])
def test_the_cases_are_answered_alike(pair: tuple[Servicer, Servicer], policy: Policy) -> None:
    said = 0
    for case in cases()[policy.id]:
        configure(pair, {policy.id: (policy.level.value, case.settings)})
        said += same(pair, case.items)
    assert said


@pytest.mark.parametrize("dry_run", ["true", "false"])
def test_a_random_stream_is_answered_alike(
    pair: tuple[Servicer, Servicer], monkeypatch: pytest.MonkeyPatch, dry_run: str
) -> None:
    monkeypatch.setenv("PULUMI_DRY_RUN", dry_run)
    fixtures = [item for of_policy in cases().values() for case in of_policy for item in case.items]

    @settings(max_examples=60, database=None)
    @given(data=st.data())
    def answered(data: st.DataObject) -> None:
        chosen = data.draw(st.lists(st.sampled_from(fixtures), min_size=1, max_size=6))
        items = [
            Item(type=one.type, props=data.draw(mutated(one.props)), name=f"{index}")
            for index, one in enumerate(chosen)
        ]
        # What cannot be configured is not known to the SDK.
        configurable = [policy.id for policy in POLICIES if not policy.always]
        names = data.draw(st.lists(st.sampled_from(configurable), max_size=4))
        configure(
            pair, {name: (data.draw(st.sampled_from(sorted(LEVELS))), {"exemptions": [EXCEPTION]}) for name in names}
        )
        same(pair, items)

    answered()


def test_a_new_configuration_begins_a_new_ledger(pair: tuple[Servicer, Servicer]) -> None:
    item = next(case.items[0] for case in cases()["imdsv2-required"])
    configure(pair, {"imdsv2-required": ("mandatory", {"exemptions": [EXCEPTION]})})
    pair[0].Analyze(request(item), None)
    assert [entry.policy for entry in ledger.RUN.entries()] == ["imdsv2-required"]
    configure(pair, {})
    assert not ledger.RUN.entries()


def test_every_level_is_answered_alike(pair: tuple[Servicer, Servicer]) -> None:
    items = [case.items[0] for of_policy in cases().values() for case in of_policy if case.expected == "fail"]
    for level in LEVELS:
        configure(pair, {policy.id: (level, {}) for policy in POLICIES})
        assert same(pair, items[::8]) or level == "disabled"


def test_a_secret_and_an_asset_are_answered_alike(pair: tuple[Servicer, Servicer]) -> None:
    asset = {SPECIAL_SIG_KEY: "c44067f5952c0a294b673a41bacd8c17", "text": "x"}
    props = {"userData": SECRET, "ami": UNKNOWN, "subnetId": asset, "metadataOptions": SECRET}
    assert same(pair, [Item(type="aws:ec2/instance:Instance", props=props)])


def test_they_describe_themselves_alike(pair: tuple[Servicer, Servicer]) -> None:
    ours, theirs = (one.GetAnalyzerInfo(None, None) for one in pair)
    assert ours == theirs


class TestWork:
    """What is done, counted: the time that it takes is for benchmarks."""

    @pytest.fixture
    def read(self, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        """What was de-serialised."""
        read: list[Any] = []
        original = once.deserialized

        def counted(properties: Any) -> Value:
            read.append(properties)
            return original(properties)

        monkeypatch.setattr(once, "deserialized", counted)
        return read

    def test_a_resource_is_read_once_for_all_policies(self, pair: tuple[Servicer, Servicer], read: list[Any]) -> None:
        item = next(case.items[0] for case in cases()["pod-security-baseline-privileged"])
        assert len([policy for policy in POLICIES if policy.wants(item.type)]) > 20
        pair[0].Analyze(request(item), None)
        assert len(read) == 1

    def test_what_no_policy_is_about_is_not_read(self, pair: tuple[Servicer, Servicer], read: list[Any]) -> None:
        pair[0].Analyze(request(Item(type="random:index/randomId:RandomId", props={"byteLength": 8})), None)
        assert not read

    def test_a_stack_is_read_once_for_all_policies(self, pair: tuple[Servicer, Servicer], read: list[Any]) -> None:
        items = [
            Item(type="aws:ec2/vpc:Vpc", props={"id": f"vpc-{index}", "cidrBlock": "10.0.0.0/16"}, name=f"{index}")
            for index in range(20)
        ]
        pair[0].AnalyzeStack(whole(items), None)
        assert len(read) == len(items) + 1, "and the root"

    def test_work_grows_with_the_stack_and_not_faster(
        self, pair: tuple[Servicer, Servicer], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What a rule touches is counted: pairs of resources would make it four times as much for twice as many."""
        touched = 0
        original = Value.__getitem__

        def counted(value: Value, key: str) -> Value:
            nonlocal touched
            touched += 1
            return original(value, key)

        monkeypatch.setattr(Value, "__getitem__", counted)
        work = []
        for count in (800, 1600, 3200):
            touched = 0
            pair[0].AnalyzeStack(policies.stack_request(stream(count)), None)
            work.append(touched)
        assert work[0] > 100
        assert work[1] < 2.2 * work[0]
        assert work[2] < 2.2 * work[1]


class TestFallback:
    def test_this_sdk_is_known(self) -> None:
        assert server.is_known()

    def test_another_version_is_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(server, "VERSION", "1.22.0")
        assert not server.is_known()

    @pytest.mark.parametrize("name", sorted(server.NEEDED))
    def test_one_without_a_name_is_not(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        names = {each: None for each in server.NEEDED if each != name}
        monkeypatch.setattr(sdk, server.SERVICER, type("Other", (), names))
        assert not server.is_known()

    def test_every_name_that_is_used_is_asked_for(self) -> None:
        used = {name for name in dir(sdk._PolicyAnalyzerServicer) if f"self.{name}(" in inspect.getsource(once)}
        assert used <= server.NEEDED

    @pytest.mark.parametrize("known", [True, False])
    def test_the_sdk_serves_where_it_is_not_known(self, monkeypatch: pytest.MonkeyPatch, known: bool) -> None:
        served: list[Any] = []
        monkeypatch.setattr(sdk, server.SERVICER, sdk._PolicyAnalyzerServicer)
        monkeypatch.setattr(server, "VERSION", "1.21.0" if known else "9.9.9")
        monkeypatch.setattr(server, "PolicyPack", lambda **given: served.append(made(sdk._PolicyAnalyzerServicer)))
        server.serve(PACK, POLICIES)
        assert isinstance(served[0], once.Servicer) is known
