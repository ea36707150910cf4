"""Regions other than the sandbox's: names, zones and endpoint services, and what AWS refuses where."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend, Zone

from components.bastion.bastion import private_domains
from components.context import AwsContext
from components.deis import Images, deis_domains
from components.deis.rds_roots import ECC, authority
from components.domains import BUILDPACK_BUCKETS, registry_domains
from components.faults import ArgumentError
from components.network import Network, NetworkArgs
from components.network.dns_firewall import own_domains
from components.network.endpoints import INTERFACE_SERVICES, s3_policy
from components.network.zones import choose
from sandbox.emulator.errors import AwsError
from sandbox.emulator.inprocess import emulated_aws
from sandbox.emulator.services import OPERATIONS, regions
from sandbox.emulator.services.route53resolver import matches
from sandbox.providers.mocks import Run, StandIns, run_program
from tests.support.program.recorded import TAGS

COMMERCIAL = ("eu-central-1", "us-east-1", "us-west-1", "ca-central-1", "ap-southeast-7", "mx-central-1")
REGIONS = {**dict.fromkeys(COMMERCIAL, "aws"), "us-gov-west-1": "aws-us-gov"}
CLIENTS = {"ecr.api": "ecr", "elasticloadbalancing": "elbv2", "monitoring": "cloudwatch"}
"""Service of an endpoint -> botocore's client, where it has another name."""
WITHOUT_CLIENT = {"ecr.dkr", "guardduty-data", "ssmmessages"}
"""Only agents and container runtimes call these."""
TRUST = json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}}]})


def context(region: str) -> AwsContext:
    return AwsContext(account_id="123456789012", region=region, partition=REGIONS[region])


@pytest.fixture(scope="module", autouse=True)
def aws() -> Iterator[None]:
    environment = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    with mock.patch.dict(os.environ, environment), emulated_aws():
        os.environ.pop("AWS_ENDPOINT_URL", None)
        yield


@pytest.fixture
def all_zones_of_old_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account of the first years, which sees the zones that AWS no longer gives to others."""
    old = {
        "us-west-1": [("a", "usw1-az3"), ("b", "usw1-az2"), ("c", "usw1-az1")],
        "ca-central-1": [("a", "cac1-az1"), ("b", "cac1-az2"), ("c", "cac1-az3"), ("d", "cac1-az4")],
    }
    for region, zones in old.items():
        made = [Zone(name=f"{region}{letter}", region_name=region, zone_id=id_) for letter, id_ in zones]
        monkeypatch.setitem(RegionsAndZonesBackend.zones, region, made)


def network(region: str, *, preview: bool = False, **changes: Any) -> Run:
    """A network made in the emulated AWS."""
    made = NetworkArgs(context=context(region), tags=TAGS, **changes)
    # Roles belong to the account, and the emulated one is the same for all tests here.
    return run_program(lambda: Network(f"net-{region}", made) and None, StandIns(region), preview=preview)


def zones(run: Run) -> set[str]:
    return {subnet.inputs["availabilityZone"] for subnet in run.of("ec2/subnet:Subnet")}


class TestPartitions:
    def test_a_partition_with_other_names_is_refused(self) -> None:
        with pytest.raises(
            ArgumentError, match=r"AwsContext.region: cn-north-1 is in the partition aws-cn, which is not"
        ):
            run_program(lambda: AwsContext.current() and None, StandIns("cn-north-1"))

    @pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1"])
    def test_a_network_is_made_of_the_partitions_own_arns(self, region: str) -> None:
        run = network(region)
        composed = [
            json.dumps(one.inputs)
            for one in run.resources
            if one.type.startswith(("aws:iam/", "aws:kms/", "aws:ec2/v"))
        ]
        partitions = {
            found for text in composed for found in re.findall(r"arn:([a-z-]+):(?!iam::123456789012:role)", text)
        }
        assert partitions == {REGIONS[region]}


class TestZones:
    @pytest.mark.parametrize(
        ("region", "letters"),
        [
            ("eu-central-1", "abc"),
            ("us-east-1", "abc"),
            ("ap-northeast-1", "acd"),
            ("us-west-1", "ac"),
            ("ca-central-1", "abd"),
        ],
    )
    def test_the_default_is_three_zones_that_there_are_and_that_eks_takes(
        self, region: str, letters: str, all_zones_of_old_accounts: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(REGIONS, region, "aws")
        assert zones(network(region, preview=True)) == {f"{region}{letter}" for letter in letters}

    @pytest.mark.parametrize(
        ("region", "wanted", "words"),
        [
            (
                "us-east-1",
                ["a", "e"],
                r"zones: e \(use1-az3\) is refused by EKS in us-east-1 .*choose from a, b, c, d, f",
            ),
            (
                "us-west-1",
                ["a", "b"],
                r"b \(usw1-az2\) is refused by EKS in us-west-1 .*choose from a, c \(AWS-EGRESS\)",
            ),
            ("ca-central-1", ["b", "c"], r"c \(cac1-az3\) is refused by EKS in ca-central-1 .*choose from a, b, d "),
            ("mx-central-1", ["a", "d"], r"zones: d does not exist in mx-central-1 .*; choose from a, b, c "),
        ],
    )
    def test_others_are_refused_in_the_preview_with_the_good_ones(
        self, region: str, wanted: list[str], words: str, all_zones_of_old_accounts: None
    ) -> None:
        with pytest.raises(ArgumentError, match=words):
            network(region, preview=True, zones=wanted)

    @pytest.mark.parametrize("state", ["impaired", "unavailable"])
    def test_a_zone_that_is_out_today_changes_nothing(self, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(RegionsAndZonesBackend.zones["eu-central-1"][1], "state", state)
        assert zones(network("eu-central-1", preview=True)) == {f"eu-central-1{letter}" for letter in "abc"}

    def test_a_local_zone_is_none_of_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        local = Zone(name="us-east-1-atl-1a", region_name="us-east-1", zone_id="use1-atl1-az1", zone_type="local-zone")
        everything = [local, *RegionsAndZonesBackend.zones["us-east-1"]]
        monkeypatch.setitem(RegionsAndZonesBackend.zones, "us-east-1", everything)
        assert zones(network("us-east-1", preview=True)) == {f"us-east-1{letter}" for letter in "abc"}

    def test_a_zone_that_aws_adds_changes_nothing(self) -> None:
        before = {letter: f"new1-az{letter}" for letter in "abc"}
        assert choose(None, before, "new-1") == choose(None, {**before, "d": "new1-az4"}, "new-1")

    def test_too_few_are_refused(self) -> None:
        with pytest.raises(ArgumentError, match="1 zones are not enough in new-1"):
            choose(None, {"a": "new1-az1"}, "new-1")


class TestEndpoints:
    @pytest.mark.parametrize("region", REGIONS)
    def test_all_that_are_the_default_are_offered(self, region: str) -> None:
        made = [one.inputs["serviceName"] for one in network(region, preview=True).of("ec2/vpcEndpoint:VpcEndpoint")]
        assert len(made) == len(INTERFACE_SERVICES) + 1

    def test_one_that_the_region_does_not_offer_is_named_in_the_preview(self, monkeypatch: pytest.MonkeyPatch) -> None:
        offered = regions.INTERFACE_SERVICES - {"guardduty-data", "eks-auth"}
        monkeypatch.setattr(regions, "INTERFACE_SERVICES", offered)
        with mock.patch("pulumi.log.error") as told, pytest.raises(Exception, match="couldn't find resource"):
            network("mx-central-1", preview=True)
        words = "NetworkArgs.endpoints: eks-auth, guardduty-data is not offered by AWS in mx-central-1, zones a, b, c"
        assert told.call_args.args[0].startswith(words)

    def test_any_other_failure_of_the_lookup_is_told_as_it_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refused(_: Any) -> None:
            raise AwsError("UnauthorizedOperation", "You are not authorized to perform this operation.")

        monkeypatch.setitem(OPERATIONS["ec2"], "DescribeVpcEndpointServices", refused)
        with mock.patch("pulumi.log.error") as told, pytest.raises(Exception, match="You are not authorized"):
            network("eu-central-1", preview=True)
        assert not told.called

    def test_one_has_no_interface_in_a_zone_that_it_does_not_support(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(regions.MISSING_IN_ZONE, "cac1-az4", frozenset({"eks-auth"}))
        run = network("ca-central-1")
        auth = run.named("net-ca-central-1-eks-auth").inputs["subnetIds"]
        others = run.named("net-ca-central-1-eks", "ec2/vpcEndpoint:VpcEndpoint").inputs["subnetIds"]
        assert set(others) - set(auth) == {run.named("net-ca-central-1-intra-d", "ec2/subnet:Subnet").id}
        monkeypatch.setitem(regions.MISSING_IN_ZONE, "cac1-az1", frozenset({"eks-auth"}))
        monkeypatch.setitem(regions.MISSING_IN_ZONE, "cac1-az2", frozenset({"eks-auth"}))
        with pytest.raises(ArgumentError, match=r"eks-auth is not offered by AWS in ca-central-1, zones a, b, d"):
            network("ca-central-1", preview=True)

    def test_aws_refuses_an_endpoint_that_it_does_not_offer_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(regions.MISSING_IN_ZONE, "mxc1-az1", frozenset({"sts"}))
        ec2 = boto3.client("ec2", "mx-central-1")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone="mx-central-1a")["Subnet"]

        def make(service: str) -> None:
            ec2.create_vpc_endpoint(
                VpcId=vpc, VpcEndpointType="Interface", SubnetIds=[subnet["SubnetId"]],
                ServiceName=f"com.amazonaws.mx-central-1.{service}",
            )  # fmt: skip

        with pytest.raises(ClientError, match=r"InvalidServiceName.*ec2messages' does not exist"):
            make("ec2messages")
        with pytest.raises(ClientError, match="sts does not support the availability zone of the subnet: subnet-"):
            make("sts")
        make("ssmmessages")


class TestAws:
    """What the emulated AWS refuses in a zone, or before there is an internet gateway."""

    def test_eks_takes_no_subnet_in_use1_az3(self) -> None:
        ec2, iam = boto3.client("ec2", "us-east-1"), boto3.client("iam", "us-east-1")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{at}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]
            for at, zone in enumerate("ae")
        ]
        role = iam.create_role(RoleName="cluster", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        with pytest.raises(ClientError, match="because us-east-1e, the targeted availability zone") as refused:
            boto3.client("eks", "us-east-1").create_cluster(
                name="pal", roleArn=role, resourcesVpcConfig={"subnetIds": [one["SubnetId"] for one in subnets]}
            )
        assert refused.value.response["Error"]["Code"] == "UnsupportedAvailabilityZoneException"

    @pytest.mark.parametrize("scheme", ["internet-facing", "internal"])
    def test_a_public_load_balancer_needs_an_internet_gateway(self, scheme: str) -> None:
        ec2, elb = boto3.client("ec2", "us-east-1"), boto3.client("elbv2", "us-east-1")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]

        def make() -> None:
            elb.create_load_balancer(Name="router", Type="network", Scheme=scheme, Subnets=[subnet])

        if scheme == "internet-facing":
            with pytest.raises(ClientError, match=f"InvalidSubnet.*VPC {vpc} has no internet gateway"):
                make()
            gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
            ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        make()


class TestNames:
    """Which names resolve under an allow-list."""

    @pytest.mark.parametrize("region", REGIONS)
    def test_every_service_resolves_by_the_name_that_clients_use(self, region: str) -> None:
        """By AWS's own table of endpoints: EKS answers the Pod Identity agent under another domain than all else."""
        allowed, session = own_domains(context(region)), botocore.session.Session()
        for service in {*INTERFACE_SERVICES, "iam", "s3"} - WITHOUT_CLIENT:
            client = session.create_client(CLIENTS.get(service, service), region)
            host = urlsplit(client.meta.endpoint_url).hostname or ""
            assert any(matches(pattern, host) for pattern in allowed), host
            if service == "s3":
                assert any(matches(pattern, f"bucket.{host}") for pattern in allowed), host

    @pytest.mark.parametrize("region", REGIONS)
    @pytest.mark.parametrize(
        "name",
        [
            "0123456789ABCDEF.gr7.{region}.eks.amazonaws.com",
            "123456789012.dkr.ecr.{region}.amazonaws.com",
            "prod-{region}-starport-layer-bucket.s3.{region}.amazonaws.com",
            "al2023-repos-{region}-de612dc2.s3.dualstack.{region}.amazonaws.com",
            "palisade-deis-database.c0ffee123456.{region}.rds.amazonaws.com",
            "palisade-router-0123456789abcdef.elb.{region}.amazonaws.com",
            "k8s-shop-web-0123456789-1234567890.{region}.elb.amazonaws.com",
            "ssmmessages.{region}.amazonaws.com",
            "guardduty-data.{region}.amazonaws.com",
        ],
    )
    def test_what_the_platforms_own_parts_are_called_resolves(self, name: str, region: str) -> None:
        assert any(matches(pattern, name.format(region=region)) for pattern in own_domains(context(region)))

    @pytest.mark.parametrize(
        ("region", "name"),
        [
            ("us-east-1", "ip-10-40-0-7.ec2.internal"),
            ("mx-central-1", "ip-10-40-0-7.mx-central-1.compute.internal"),
        ],
    )
    def test_instances_resolve_here_and_for_vpn_clients(self, region: str, name: str) -> None:
        assert any(matches(pattern, name) for pattern in own_domains(context(region)))
        assert any(matches(f"*.{domain}", name) for domain in private_domains(context(region)))

    @pytest.mark.parametrize(
        "name",
        [
            "example.org",
            "database.c0ffee123456.us-west-2.rds.amazonaws.com",
            "bucket.s3.us-west-2.amazonaws.com",
            "evil-eu-central-1.amazonaws.com",
            "eu-central-1.amazonaws.com.example.org",
        ],
    )
    def test_nothing_of_other_regions_resolves(self, name: str) -> None:
        assert not any(matches(pattern, name) for pattern in own_domains(context("eu-central-1")))

    @pytest.mark.parametrize("region", REGIONS)
    def test_deis_finds_its_images_and_its_buildpacks_find_theirs(self, region: str) -> None:
        allowed = [*deis_domains(Images(), None), *own_domains(context(region))]
        needed = ["registry-1.docker.io", "auth.docker.io"]
        needed += [f"{bucket.name}.s3.amazonaws.com" for bucket in BUILDPACK_BUCKETS]
        assert not [name for name in needed if not any(matches(pattern, name) for pattern in allowed)]

    def test_a_mirror_is_resolved_and_docker_hub_is_not(self) -> None:
        allowed = deis_domains(Images(registry="mirror.example.org:5000/hephy"), "apps.example.org")
        assert {"mirror.example.org", "apps.example.org"} < set(allowed)
        assert not set(registry_domains("docker.io")) & set(allowed)


class TestGateway:
    """What the policy of the S3 gateway endpoint lets through; it catches the buckets of its own region only."""

    @pytest.mark.parametrize(
        ("region", "bucket"),
        [
            ("us-east-1", "lang-php"),
            ("us-east-1", "heroku-buildpack-ruby"),
            ("us-east-1", "docker-images-prod"),
            ("eu-west-2", "767373bbdcb8270361b96548387bf2a9ad0d48758c35-eu-west-2"),
            ("mx-central-1", "prod-registry-k8s-io-mx-central-1"),
        ],
    )
    def test_public_buckets_of_the_region_can_be_read(
        self, region: str, bucket: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(REGIONS, region, "aws")
        _, public = s3_policy(context(region))["Statement"]
        assert f"arn:aws:s3:::{bucket}/*" in public["Resource"]
        assert public["Action"] == "s3:GetObject"

    def test_those_of_other_regions_are_not_named(self) -> None:
        _, public = s3_policy(context("eu-central-1"))["Statement"]
        assert not [arn for arn in public["Resource"] if "heroku" in arn or "docker" in arn]


class TestDatabases:
    """RDS signs certificates with other authorities in some regions."""

    def create(self, region: str, name: str) -> None:
        boto3.client("rds", region_name=region).create_db_instance(
            DBInstanceIdentifier="deis",
            DBInstanceClass="db.t4g.small",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername="deis",
            MasterUserPassword="none-of-anybody",
            CACertificateIdentifier=name,
        )

    @pytest.mark.parametrize("region", sorted(regions.WITH_ONE_RDS_AUTHORITY))
    def test_an_authority_that_the_region_does_not_have_is_refused_and_not_asked_for(self, region: str) -> None:
        with pytest.raises(ClientError, match=f"CertificateNotFound.*{ECC}"):
            self.create(region, ECC)
        self.create(region, authority(region))

    @pytest.mark.parametrize("region", ["eu-central-1", "mx-central-1", "us-gov-west-1"])
    def test_elsewhere_it_is_the_stronger_one(self, region: str) -> None:
        assert authority(region) == ECC
        self.create(region, ECC)
