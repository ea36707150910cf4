"""The catalog has every type of the pinned SDKs, so that an upgrade opens no hole, and contradicts no schema."""

from __future__ import annotations

import re
from typing import Any

import pulumi_aws
import pulumi_kubernetes
import pulumi_random
import pulumi_tls
import pytest
from pulumi import _types as sdk

from policies.kernel.kinds import RELEASE
from policies.rules.pack import catalog
from policies.rules.pack.providers import ALLOWED
from sandbox.providers.schema import resource_type
from tests.support.policies.tokens import properties, tokens

OF_AWS = sorted(tokens(pulumi_aws))
HARMLESS = [type_ for type_ in OF_AWS if (entry := catalog.listed(type_)) and entry.class_ == catalog.HARMLESS]


@pytest.mark.parametrize("package", [pulumi_aws, pulumi_kubernetes, pulumi_random, pulumi_tls])
def test_every_type_of_an_sdk_has_a_class(package: Any) -> None:
    unlisted = {type_ for type_ in tokens(package) if catalog.entry(type_) is catalog.NOT_LISTED}
    assert unlisted == set(), "classify them in policies/rules/pack/catalog"


def test_the_sdk_has_every_type_that_is_listed() -> None:
    known = {(type_.split(":")[1].split("/")[0], type_.split(":")[2]) for type_ in OF_AWS}
    services = {service for service, _ in known}
    listed = {(service, name) for service, names in catalog.table("aws").items() for name in names}
    assert {one for one in listed if one[1] != catalog.ALL} <= known
    assert {service for service, _ in listed} <= services
    assert catalog.opaque_properties().keys() <= set(HARMLESS)


def test_a_release_is_left_to_its_own_policy() -> None:
    assert catalog.entry(RELEASE).class_ == catalog.JUDGED


@pytest.mark.parametrize(
    "token", ["aws:future/thing:Thing", "kubernetes:core/v1:Thing", "kubernetes:future.k8s.io/v1:Thing"]
)
def test_no_policy_judges_a_type_for_what_it_is_called(token: str) -> None:
    assert not catalog.judged(token), "give the container of types by_name"


@pytest.mark.parametrize("package", [pulumi_aws, pulumi_kubernetes])
def test_the_properties_of_providers_exist(package: Any) -> None:
    allowed = ALLOWED[f"pulumi:providers:{package.__name__.removeprefix('pulumi_')}"]
    assert allowed < sdk.input_type_types(package.ProviderArgs).keys()


EVIDENCE = {
    "starts machines or containers": r"instanceTypes?|imageUri|containers?|containerDefinitions",
    "runs commands": r"userData\w*|commands?|script|entryPoints?",
    "holds a policy": r"(assumeRole)?policy(Document|Body|Text)?|policies|principals?|grants?",
    "is public": r"publicly\w*|public|isPublic|assignPublicIp|associatePublic\w*|mapPublic\w*|internal|\w*[eE]xposed",
    "makes a credential": r"password|masterPassword|privateKey|accessKey|token",
    "listens": r"listeners?|ingress(es)?|cidr(Block|Ipv4|Ipv6)s?",
}
"""What a schema shows of a type -> names of properties."""
REVIEWED = {
    ("alb/loadBalancer", "internal"): "its listeners, security groups and their sources are judged",
    ("lb/loadBalancer", "internal"): "as above",
    ("cfg/rule", "policyText"): "a rule of AWS Config in its own language",
    ("cloudwatch/eventTarget", "assignPublicIp"): "with ecsTarget, which is opaque",
    ("cloudwatch/logDataProtectionPolicy", "policyDocument"): "masks data in logs",
    ("cloudwatch/logIndexPolicy", "policyDocument"): "names fields of logs",
    ("ec2/capacityReservation", "instanceType"): "reserves, and starts nothing",
    ("ec2/dedicatedHost", "instanceType"): "as above",
    ("ec2/fleet", "instanceType"): "of machines whose launch template is judged",
    ("ec2/subnetCidrReservation", "cidrBlock"): "of addresses inside a subnet",
    ("ec2/vpcIpamPool", "publiclyAdvertisable"): "plans addresses",
    ("ec2/vpcIpv4CidrBlockAssociation", "cidrBlock"): "of the VPC itself",
    ("ecr/lifecyclePolicy", "policy"): "deletes old images",
    ("lambda/codeSigningConfig", "policies"): "says what becomes of code that is not signed",
    ("lambda/function", "commands"): "of a container image that Lambda runs, with the role's rights",
    ("lambda/function", "entryPoints"): "as above",
    ("lambda/function", "imageUri"): "as above",
    ("pipes/pipe", "assignPublicIp"): "with targetParameters.ecsTaskParameters, which is opaque",
    ("pipes/pipe", "commands"): "with targetParameters.batchJobParameters, which is opaque",
    ("pipes/pipe", "instanceType"): "as above",
    ("route53/cidrLocation", "cidrBlocks"): "where DNS queries come from",
    ("s3/bucketObjectLockConfiguration", "token"): "of AWS's support, for a bucket that is there already",
    ("s3/bucketObjectLockConfigurationV2", "token"): "as above",
    ("scheduler/schedule", "assignPublicIp"): "with target.ecsParameters, which is opaque",
    ("sns/dataProtectionPolicy", "policy"): "masks data in messages",
}
"""(type, property) -> why a harmless type may have it all the same."""


def test_no_schema_contradicts_that_a_type_is_harmless() -> None:
    found: dict[tuple[str, str], str] = {}
    for token in HARMLESS:
        kind = resource_type(token)
        assert kind is not None
        seen: set[Any] = set()
        names = {*kind.inputs, *(name for of in kind.inputs.values() for name in properties(of, seen))}
        for why, pattern in EVIDENCE.items():
            for name in names:
                if re.fullmatch(pattern, name):
                    found[token.split(":")[1], name] = why
    assert {key: why for key, why in found.items() if key not in REVIEWED} == {}
    assert not REVIEWED.keys() - found.keys()


@pytest.mark.parametrize(
    "text", ['class = "harmless"\nreason = "x"\ntypes.ec2 = "*"', 'class = "safe"\nreason = "x"\ntypes.ec2 = "Vpc"']
)
def test_a_class_that_allows_never_stands_for_all_types(
    text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "aws.toml").write_text(f"[[group]]\n{text}\n")
    monkeypatch.setattr(catalog, "_FOLDER", tmp_path)
    monkeypatch.setattr(catalog, "_file", catalog._file.__wrapped__)
    with pytest.raises(ValueError, match="ec2"):
        catalog.table.__wrapped__("aws")
