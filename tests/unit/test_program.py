"""The whole program under mocked providers, and then what the emulated AWS says really exists."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import ipaddress
import json
import runpy
from collections.abc import Iterator
from typing import Any
from unittest import mock

import boto3
import pytest

from components.settings import SettingsError
from sandbox.engine.identities import REGION
from sandbox.engine.stack import ROOT
from sandbox.providers.aws.types import KINDS
from sandbox.providers.mocks import Run, StandIns, run_program
from tests.support.program.whole_program import configuration, program, temporary_aws
from tools.picture.document import markdown
from tools.picture.drawing import svg
from tools.picture.flows import Flow, facts

WORLD = "0.0.0.0/0"
TIERS = ("public", "private", "intra")
OPEN_TO_THE_WORLD = {1194}
"""Ports that anybody may try: the VPN's, which asks for a certificate, a key and a second factor."""


@pytest.fixture(scope="module", autouse=True)
def aws_of_the_module() -> Iterator[None]:
    with temporary_aws():
        yield


@pytest.fixture(scope="module")
def run(aws_of_the_module: None) -> Run:
    return program()


def test_whatever_takes_tags_says_whose_it_is(run: Run) -> None:
    taking = [one for one in run.resources if one.type in KINDS and KINDS[one.type].taggable]
    assert len(taking) > 100
    assert not [one.name for one in taking if (one.inputs.get("tags") or {}).get("owner") != "platform-security"]


def test_whatever_is_made_belongs_to_a_component(run: Run) -> None:
    """Else it would keep its URN when the component gets another name, and move to another when it is put right."""
    types = {one.urn: one.type for one in run.resources}
    alone = {one.type for one in run.resources if types.get(one.parent, "pulumi:pulumi:Stack") == "pulumi:pulumi:Stack"}
    assert {type_ for type_ in alone if not type_.startswith(("palisade:", "pulumi:"))} == set()


def asked(service: str, operation: str, **params: Any) -> Any:
    return getattr(boto3.client(service, region_name=REGION), operation)(**params)


def own_vpc(run: Run) -> str:
    return run.only("ec2/vpc:Vpc").id


def test_a_preview_on_an_empty_state_registers_the_same_as_an_update(run: Run) -> None:
    planned = program(preview=True)
    assert {each.urn for each in planned.resources} == {each.urn for each in run.resources}
    assert len(run.resources) > 300


def test_no_kubeconfig_replaces_what_is_in_the_cluster(run: Run) -> None:
    """With an identifier that stays, pulumi-kubernetes replaces nothing whatever the kubeconfig is (DiffConfig)."""
    (provider,) = run.of("pulumi:providers:kubernetes")
    issuer = run.only("eks/cluster:Cluster").outputs["identities"][0]["oidcs"][0]["issuer"]
    assert provider.inputs["clusterIdentifier"] == issuer.removeprefix("https://")


def test_the_foundation_alone_needs_no_kubernetes(run: Run) -> None:
    planned = program(preview=True, layer="foundation")
    assert not [each.type for each in planned.resources if "kubernetes" in each.type]
    guard = planned.named("palisade-in-use").urn
    assert {each.urn for each in planned.resources} - {guard} < {each.urn for each in run.resources}


# A program that ends in the middle leaves its own coroutines behind, which the interpreter remarks upon.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    "deis",
    [
        {"registrationMode": "enabled"},
        {"whitelist": [WORLD]},
        {"whitelist": ["0.0.0.0/1", "128.0.0.0/1"]},
        {"whitelist": ["2001:db8::/32"]},
        {"whitelist": ["203.0.113.0/24,"]},
        {"whitelist": []},
        {"open": True},
    ],
    ids=json.dumps,
)
def test_nothing_is_registered_with_a_setting_that_opens_deis(deis: dict[str, Any]) -> None:
    good = {"domain": "deis.example.org", "administrator": {"email": "a@example.org"}, "whitelist": ["203.0.113.0/24"]}
    providers = StandIns(REGION)
    with pytest.raises(SettingsError, match="palisade:deis"):
        run_program(
            lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
            providers,
            config=configuration(deis={**good, **deis}),
        )
    # No provider was even asked for.
    assert not providers


def test_three_tiers_of_subnets_lie_in_three_zones_and_give_out_no_public_address(run: Run) -> None:
    filters = [{"Name": "vpc-id", "Values": [own_vpc(run)]}]
    subnets = asked("ec2", "describe_subnets", Filters=filters)["Subnets"]
    assert len(subnets) == len(TIERS) * 3
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == 3
    assert not [subnet for subnet in subnets if subnet["MapPublicIpOnLaunch"]]
    ranges = [ipaddress.IPv4Network(subnet["CidrBlock"]) for subnet in subnets]
    assert not [(one, two) for one in ranges for two in ranges if one is not two and one.overlaps(two)]


def test_only_public_subnets_have_a_way_in_and_intra_ones_no_way_out(run: Run) -> None:
    filters = [{"Name": "vpc-id", "Values": [own_vpc(run)]}]
    tables = asked("ec2", "describe_route_tables", Filters=filters)["RouteTables"]
    subnets = {each["SubnetId"]: each for each in asked("ec2", "describe_subnets", Filters=filters)["Subnets"]}

    def tier(subnet_id: str) -> str:
        name = next(tag["Value"] for tag in subnets[subnet_id]["Tags"] if tag["Key"] == "Name")
        return next(each for each in TIERS if each in name)

    out = {}
    for table in tables:
        gateways = {
            "internet" if (route.get("GatewayId") or "").startswith("igw-") else "nat"
            for route in table["Routes"]
            if route.get("DestinationCidrBlock") == WORLD
        }
        for association in table["Associations"]:
            if association.get("SubnetId"):
                out.setdefault(tier(association["SubnetId"]), set()).update(gateways or {"none"})
    assert out == {"public": {"internet"}, "private": {"nat"}, "intra": {"none"}}


def rules(run: Run, *, egress: bool) -> list[dict[str, Any]]:
    filters = [{"Name": "vpc-id", "Values": [own_vpc(run)]}]
    groups = {
        each["GroupId"]: each for each in asked("ec2", "describe_security_groups", Filters=filters)["SecurityGroups"]
    }
    # EKS's own group cannot be had otherwise; nothing of ours is in it.
    ours = {key: each for key, each in groups.items() if not each["GroupName"].startswith("eks-cluster-sg")}
    found = asked("ec2", "describe_security_group_rules")["SecurityGroupRules"]
    return [rule for rule in found if rule["GroupId"] in ours and rule["IsEgress"] is egress]


def test_every_rule_in_names_its_port_and_only_the_vpn_is_open_to_the_world(run: Run) -> None:
    found = rules(run, egress=False)
    assert len(found) > 20
    assert not [rule for rule in found if rule["IpProtocol"] == "-1" or rule["FromPort"] != rule["ToPort"]]
    world = {rule["FromPort"] for rule in found if rule.get("CidrIpv4") == WORLD or rule.get("CidrIpv6")}
    assert world == OPEN_TO_THE_WORLD


def test_no_rule_out_names_all_ports(run: Run) -> None:
    found = rules(run, egress=True)
    assert len(found) > 10
    assert not [rule for rule in found if rule["IpProtocol"] == "-1"]


def test_the_default_group_is_empty(run: Run) -> None:
    filters = [{"Name": "vpc-id", "Values": [own_vpc(run)]}, {"Name": "group-name", "Values": ["default"]}]
    (group,) = asked("ec2", "describe_security_groups", Filters=filters)["SecurityGroups"]
    assert group["IpPermissions"] == group["IpPermissionsEgress"] == []


def test_flow_logs_take_all_traffic(run: Run) -> None:
    filters = [{"Name": "resource-id", "Values": [own_vpc(run)]}]
    (flow,) = asked("ec2", "describe_flow_logs", Filters=filters)["FlowLogs"]
    assert flow["TrafficType"] == "ALL"


def test_the_control_plane_is_private_logged_and_encrypted(run: Run) -> None:
    cluster = asked("eks", "describe_cluster", name="palisade")["cluster"]
    network = cluster["resourcesVpcConfig"]
    assert (network["endpointPrivateAccess"], network["endpointPublicAccess"]) == (True, False)
    assert [(each["enabled"], len(each["types"])) for each in cluster["logging"]["clusterLogging"]] == [(True, 5)]
    assert cluster["encryptionConfig"][0]["resources"] == ["secrets"]
    assert cluster["accessConfig"] == {
        "authenticationMode": "API",
        "bootstrapClusterCreatorAdminPermissions": False,
    }


def test_the_people_and_the_nodes_are_all_who_have_access(run: Run) -> None:
    entries = asked("eks", "list_access_entries", clusterName="palisade")["accessEntries"]
    people = {entry.rpartition("/")[2] for entry in entries if "palisade" not in entry}
    assert people == {"ada", "grace", "lin"}
    (nodes,) = [entry for entry in entries if "palisade" in entry]
    assert asked("eks", "describe_access_entry", clusterName="palisade", principalArn=nodes)["accessEntry"]["type"] == (
        "EC2_LINUX"
    )


def test_the_network_add_ons_are_there(run: Run) -> None:
    addons = set(asked("eks", "list_addons", clusterName="palisade")["addons"])
    assert addons >= {"vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent", "aws-ebs-csi-driver"}
    cni = asked("eks", "describe_addon", clusterName="palisade", addonName="vpc-cni")["addon"]
    assert json.loads(cni["configurationValues"])["enableNetworkPolicy"] == "true"


def test_nodes_and_the_bastion_ask_for_tokens_and_are_encrypted(run: Run) -> None:
    templates = asked("ec2", "describe_launch_templates")["LaunchTemplates"]
    assert len(templates) >= 2
    for template in templates:
        (version,) = asked(
            "ec2",
            "describe_launch_template_versions",
            LaunchTemplateId=template["LaunchTemplateId"],
            Versions=["$Latest"],
        )["LaunchTemplateVersions"]
        data = version["LaunchTemplateData"]
        assert data["MetadataOptions"]["HttpTokens"] == "required"
        assert data["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
        assert all(device["Ebs"]["Encrypted"] for device in data["BlockDeviceMappings"])
        assert "KeyName" not in data


def test_the_bastion_s_user_data_holds_no_secret(run: Run) -> None:
    (template,) = [each for each in run.of("ec2/launchTemplate:LaunchTemplate") if each.inputs.get("userData")]
    text = gzip.decompress(base64.b64decode(template.inputs["userData"])).decode()
    for secret in asked("secretsmanager", "list_secrets")["SecretList"]:
        value = asked("secretsmanager", "get_secret_value", SecretId=secret["ARN"])["SecretString"]
        for part in leaves(json.loads(value)):
            # Names and roles of people are no secrets; everything that is one is longer.
            if len(part) >= 16 and not part.startswith(("ssh-ed25519 ", "20")):
                assert part not in text
                assert json.dumps(part)[1:-1] not in text


def leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in leaves(each)]
    return [value] if isinstance(value, str) else []


def test_every_key_of_ours_rotates(run: Run) -> None:
    made = [each.id for each in run.of("kms/key:Key")]
    assert len(made) >= 5
    assert all(asked("kms", "get_key_rotation_status", KeyId=key)["KeyRotationEnabled"] for key in made)


def test_every_log_group_is_encrypted_and_kept_for_a_set_time(run: Run) -> None:
    groups = asked("logs", "describe_log_groups")["logGroups"]
    assert len(groups) >= 8
    assert not [group["logGroupName"] for group in groups if not group.get("kmsKeyId")]
    assert not [group["logGroupName"] for group in groups if group.get("retentionInDays", 0) < 90]


def test_every_bucket_is_closed_versioned_and_encrypted(run: Run) -> None:
    buckets = [each["Name"] for each in asked("s3", "list_buckets")["Buckets"]]
    assert len(buckets) >= 2
    for bucket in buckets:
        block = asked("s3", "get_public_access_block", Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert set(block.values()) == {True}
        assert asked("s3", "get_bucket_versioning", Bucket=bucket)["Status"] == "Enabled"
        rule = asked("s3", "get_bucket_encryption", Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
        assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
        policy = json.loads(asked("s3", "get_bucket_policy", Bucket=bucket)["Policy"])
        denied = [each for each in policy["Statement"] if each["Effect"] == "Deny"]
        assert any(each["Condition"].get("Bool", {}).get("aws:SecureTransport") == "false" for each in denied)


def test_the_trail_covers_all_regions_and_proves_its_files(run: Run) -> None:
    (trail,) = asked("cloudtrail", "describe_trails")["trailList"]
    assert trail["IsMultiRegionTrail"]
    assert trail["LogFileValidationEnabled"]
    assert trail["KmsKeyId"]
    assert asked("cloudtrail", "get_trail_status", Name=trail["TrailARN"])["IsLogging"]


def test_guardduty_watches_the_cluster(run: Run) -> None:
    (detector,) = asked("guardduty", "list_detectors")["DetectorIds"]
    features = asked("guardduty", "get_detector", DetectorId=detector)["Features"]
    on = {each["Name"] for each in features if each["Status"] == "ENABLED"}
    assert on >= {"EKS_AUDIT_LOGS", "RUNTIME_MONITORING"}


def test_no_role_is_open_to_everybody(run: Run) -> None:
    roles = [role for role in asked("iam", "list_roles")["Roles"] if role["RoleName"].startswith("palisade")]
    assert len(roles) >= 8
    for role in roles:
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            assert set(statement["Principal"]) == {"Service"}


def test_the_database_is_private_encrypted_and_spread_over_zones(run: Run) -> None:
    (database,) = asked("rds", "describe_db_instances")["DBInstances"]
    assert database["StorageEncrypted"]
    assert database["MultiAZ"]
    assert not database["PubliclyAccessible"]
    assert database["DeletionProtection"] is False, "the sandbox's stack lifts protection"


def test_the_load_balancer_hands_on_who_the_client_is(run: Run) -> None:
    (balancer,) = asked("elbv2", "describe_load_balancers")["LoadBalancers"]
    groups = asked("elbv2", "describe_target_groups", LoadBalancerArn=balancer["LoadBalancerArn"])["TargetGroups"]
    assert len(groups) == 3
    for group in groups:
        told = asked("elbv2", "describe_target_group_attributes", TargetGroupArn=group["TargetGroupArn"])["Attributes"]
        assert {"Key": "proxy_protocol_v2.enabled", "Value": "true"} in told


def test_an_internal_deis_is_reached_through_the_tunnel_and_no_pod_is_believed() -> None:
    deis = {"domain": "deis.example.org", "administrator": {"email": "a@example.org"}, "whitelist": ["10.99.0.0/24"]}
    vpn = {"clientPorts": {"2222": "git push"}}
    planned = program(preview=True, deis={**deis, "balancer": "internal"}, vpn=vpn)
    ranges = {each.name: each.inputs["cidrBlock"] for each in planned.of("ec2/subnet:Subnet")}
    tier = {one: {cidr for name, cidr in ranges.items() if f"-{one}-" in name} for one in TIERS}
    assert planned.only("lb/loadBalancer:LoadBalancer").inputs["internal"] is True
    router = planned.named("palisade-deis-router", "apps/v1:Deployment").inputs["metadata"]["annotations"]
    assert set(router["router.deis.io/nginx.proxyRealIpCidrs"].split(",")) == tier["intra"]
    # The tunnel leads to where the balancer is, on its ports, and the bastion is whom the balancer then sees.
    assert set(router["router.deis.io/nginx.defaultWhitelist"].split(",")) == {"10.99.0.0/24", *tier["public"]}
    way = {(each.inputs["cidrIpv4"], each.inputs["fromPort"]) for each in of_the_bastion(planned)}
    assert {(cidr, port) for cidr in tier["intra"] for port in (443, 2222)} <= way


def test_the_user_of_the_router_and_the_growth_of_the_database_are_settings() -> None:
    deis = {"domain": "deis.example.org", "administrator": {"email": "a@example.org"}, "whitelist": ["203.0.113.0/24"]}
    planned = program(preview=True, deis={**deis, "routerUid": 10001, "database": {"largestStorageGib": 500}})
    assert planned.only("rds/instance:Instance").inputs["maxAllocatedStorage"] == 500
    pod = planned.named("palisade-deis-router", "apps/v1:Deployment").inputs["spec"]["template"]["spec"]
    security = pod["containers"][0]["securityContext"]
    assert (security["runAsUser"], security["runAsNonRoot"]) == (10001, True)


def test_the_names_by_which_deis_finds_its_bucket_are_resolved() -> None:
    """Of this region it has none of its own, so the test invents some."""
    with mock.patch("components.deis.storage_hosts", lambda bucket, region: [f"{bucket}.s3-{region}.amazonaws.com"]):
        planned = program(preview=True, network={"egressDomains": ["registry.example.org"]})
    bucket = planned.named("palisade-deis-slugs-bucket").inputs["bucket"]
    allowed = planned.named(
        "palisade-platform-allowed", "route53/resolverFirewallDomainList:ResolverFirewallDomainList"
    )
    assert f"{bucket}.s3-{REGION}.amazonaws.com" in allowed.inputs["domains"]


def of_the_bastion(planned: Run) -> list[Any]:
    rules = planned.of("vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    return [each for each in rules if "-vpn-to-" in each.name]


def test_what_is_secret_is_exported_as_a_secret(run: Run) -> None:
    assert run.secret_exports >= {"vpnProfiles", "vpnEnrolments", "deisAdministratorPassword"}
    plain = json.dumps({name: value for name, value in run.exports.items() if name not in run.secret_exports})
    assert "PRIVATE KEY" not in plain
    for secret in leaves({name: run.exports[name] for name in run.secret_exports}):
        assert secret not in plain


def test_the_picture_of_the_architecture_is_current(run: Run) -> None:
    found = facts(run)
    assert (ROOT / "docs" / "architecture.svg").read_text() == svg(found), "run `make docs`"
    assert (ROOT / "docs" / "architecture.md").read_text() == markdown(found), "run `make docs`"


def test_the_picture_refuses_a_flow_that_it_has_no_place_for(run: Run) -> None:
    found = facts(run)
    strange = Flow("database", "internet", "tcp", 443)
    with pytest.raises(ValueError, match=r"no place for .*database"):
        svg(dataclasses.replace(found, flows=(*found.flows, strange)))


def test_aws_takes_everything_that_is_called_after_the_longest_name(run: Run) -> None:
    """The emulated AWS holds the limits that moto knows; buckets bear the region's name, of 14 letters at most."""
    account = {"manage": True, "guardduty": "existing", "accessAnalyzer": "existing"}
    longest = program(name="n" * 20, account=account)
    assert len(longest.resources) == len(run.resources) - 2, "all but the detector and the analyzer"
    buckets = [each.inputs["bucket"] for each in longest.of("s3/bucket:Bucket")]
    assert max(len(bucket.replace(REGION, "r" * 14)) for bucket in buckets) <= 63
