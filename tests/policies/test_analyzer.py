"""The pack as the engine runs it, over gRPC."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, json_format, struct_pb2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from policies.kernel import frameworks
from policies.kernel.cases import UNKNOWN, Case, Item
from policies.kernel.policy import ROOT
from policies.registry import PACK, POLICIES, cases
from policies.rules.compute.metadata import IMDSV2
from policies.rules.deis.registration import REGISTRATION
from policies.rules.eks.endpoint import PUBLIC_ENDPOINT
from policies.rules.eks.resources import cluster
from policies.rules.pack.exemption_review import REVIEWED
from tests.support.policies.malformed import JUNK, mutated
from tests.support.policies.sdk_harness import LEVELS, urn_of, wire
from tests.support.policies.sdk_harness import request as asked
from tests.support.policies.served import served


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """The analyzer of a copy."""
    with served(tmp_path_factory.mktemp("published")) as analyzer:
        yield analyzer


def request(type_: str, props: Any, urn: str = "urn:pulumi:test::cases::t::n") -> Any:
    return asked(Item(type=type_, name="n", props=props, urn=urn))


def said(response: Any) -> dict[str, list[str]]:
    """Policy -> messages."""
    found: dict[str, list[str]] = {}
    for one in response.diagnostics:
        found.setdefault(one.policyName, []).append(one.message)
    return found


def test_it_lists_every_policy_with_its_level(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    info = pack.GetAnalyzerInfo(empty_pb2.Empty())
    assert info.name == PACK
    listed = {one.name: one for one in info.policies}
    assert list(listed) == [policy.id for policy in POLICIES]
    for policy in POLICIES:
        one = listed[policy.id]
        assert one.enforcementLevel == LEVELS[policy.level.value]
        assert one.description == policy.description
        assert one.remediation_steps == policy.fix
        assert list(one.tags) == [*policy.requirement.split(), *frameworks.labels(policy.id)]
        assert "exemptions" in one.configSchema.properties


def test_a_violation_names_policy_path_found_required_and_fix(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    (item,) = next(case for case in cases()[PUBLIC_ENDPOINT.id] if case.name == "fail_public_to_everyone").items
    (message,) = said(pack.Analyze(request(item.type, item.props)))[PUBLIC_ENDPOINT.id]
    assert message.startswith(
        f"{PUBLIC_ENDPOINT.description}\n{PUBLIC_ENDPOINT.id}: vpcConfig.publicAccessCidrs[0]: "
        f"found 0.0.0.0/0, required a range of /24 to /32; fix: {PUBLIC_ENDPOINT.fix}"
    )


def test_a_hardened_cluster_is_let_through(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    item = cluster()
    assert not pack.Analyze(request(item.type, item.props)).diagnostics


def test_what_is_not_known_is_a_note(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    item = cluster({"vpcConfig.endpointPublicAccess": UNKNOWN})
    response = pack.Analyze(request(item.type, item.props))
    assert {one.enforcementLevel for one in response.diagnostics} == {LEVELS["advisory"]}
    assert all("can't be known during preview" in one.message for one in response.diagnostics)


def test_an_exception_lets_one_resource_pass(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    (item,) = next(case for case in cases()[REGISTRATION.id] if case.name == "fail_open").items
    excused = "urn:pulumi:lab::cases::t::n"
    exemption = {"urn": excused, "reason": "lab", "owner": "ada", "expires": "9999-12-31"}
    try:
        for expires, lets in (("2027-06-30", True), ("2020-01-01", False)):
            properties = struct_pb2.Struct()
            json_format.ParseDict({"exemptions": [{**exemption, "expires": expires}]}, properties)
            config = analyzer_pb2.PolicyConfig(enforcementLevel=1, properties=properties)  # type: ignore[arg-type]
            pack.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig={REGISTRATION.id: config}))
            assert (REGISTRATION.id not in said(pack.Analyze(request(item.type, item.props, excused)))) is lets
            assert REGISTRATION.id in said(pack.Analyze(request(item.type, item.props)))
    finally:
        pack.Configure(analyzer_pb2.ConfigureAnalyzerRequest())


def test_a_used_exemption_is_told_though_its_review_is_switched_off(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    (item,) = next(case for case in cases()[REGISTRATION.id] if case.name == "fail_open").items
    excused = "urn:pulumi:lab::cases::t::n"
    properties = struct_pb2.Struct()
    exemption = {"urn": excused, "reason": "lab", "owner": "ada", "expires": "2027-06-30"}
    json_format.ParseDict({"exemptions": [exemption]}, properties)
    off = analyzer_pb2.PolicyConfig(enforcementLevel=2)  # type: ignore[arg-type]
    used = analyzer_pb2.PolicyConfig(enforcementLevel=1, properties=properties)  # type: ignore[arg-type]
    root = analyzer_pb2.AnalyzerResource(
        type=ROOT, urn=f"urn:pulumi:lab::cases::{ROOT}::cases-lab", name="cases-lab", properties=wire({})
    )
    try:
        pack.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig={REGISTRATION.id: used, REVIEWED.id: off}))
        assert REGISTRATION.id not in said(pack.Analyze(request(item.type, item.props, excused)))
        (told,) = said(pack.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=[root])))[REVIEWED.id]
        assert "in use by 1 until 2027-06-30 (ada: lab)" in told
    finally:
        pack.Configure(analyzer_pb2.ConfigureAnalyzerRequest())


@pytest.mark.parametrize(
    ("policy", "properties", "words"),
    [
        ("no-publik-ip", {}, "no-publik-ip: no policy has this ID; did you mean no-public-ip?"),
        ("whitelist-not-everyone", {"allowWider": True}, "whitelist-not-everyone.allowWider: no such key"),
        (
            "sg-public-ingress-allowlist",
            {"ports": ["443"]},
            'allowlist.ports[0]: "443" is not allowed',
        ),
    ],
)
def test_a_configuration_with_a_mistake_is_refused(
    pack: analyzer_pb2_grpc.AnalyzerStub, policy: str, properties: dict[str, Any], words: str
) -> None:
    """The engine itself passes over the first two."""
    struct = struct_pb2.Struct()
    json_format.ParseDict(properties, struct)
    config = analyzer_pb2.PolicyConfig(enforcementLevel=1, properties=struct)  # type: ignore[arg-type]
    with pytest.raises(grpc.RpcError) as refused:
        pack.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig={policy: config}))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT  # type: ignore[attr-defined]
    assert words in refused.value.details()  # type: ignore[attr-defined]


def test_the_numbers_of_a_configuration_may_come_as_the_engine_sends_them(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    struct = struct_pb2.Struct()
    json_format.ParseDict({"widestPrefix": 24, "allowWide": False, "exemptions": []}, struct)
    config = analyzer_pb2.PolicyConfig(enforcementLevel=1, properties=struct)  # type: ignore[arg-type]
    try:
        pack.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig={"whitelist-not-everyone": config}))
    finally:
        pack.Configure(analyzer_pb2.ConfigureAnalyzerRequest())


def test_a_remedy_sets_right_what_it_knows_and_keeps_the_rest(pack: analyzer_pb2_grpc.AnalyzerStub) -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "s3cret"}
    props = {"ami": UNKNOWN, "userData": secret, "instanceType": "m7i.large"}
    response = pack.Remediate(request("aws:ec2/instance:Instance", props))
    by_policy = {one.policyName: json_format.MessageToDict(one.properties) for one in response.remediations}
    repaired = by_policy[IMDSV2.id]
    assert repaired["metadataOptions"]["httpTokens"] == "required"
    assert {key: repaired[key] for key in props} == props


def of_resource(case: Case) -> bool:
    return len(case.items) == 1


FIXTURES = [item for of_policy in cases().values() for case in of_policy for item in case.items]


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_input_ends_the_call(pack: analyzer_pb2_grpc.AnalyzerStub, data: st.DataObject) -> None:
    item = data.draw(st.sampled_from(FIXTURES))
    props = data.draw(mutated(item.props) if data.draw(st.booleans()) else st.dictionaries(st.text(), JUNK, max_size=4))
    pack.Analyze(request(item.type, props))
    resource = analyzer_pb2.AnalyzerResource(type=item.type, urn=urn_of(item), name=item.name, properties=wire(props))
    pack.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=[resource]))
    pack.Remediate(request(item.type, props))
