"""The network: where subnets lie, who may pass the endpoints, what is made and in which order."""

from __future__ import annotations

import ipaddress
import itertools
import json
from typing import Any

import pulumi_aws as aws
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.context import AwsContext
from components.faults import ArgumentError
from components.network import Network, NetworkArgs
from components.network.dns_firewall import own_domains, without_covered
from components.network.endpoints import INTERFACE_SERVICES, PULL_ACTIONS, interface_policy, s3_policy
from components.network.plan import TIERS, ZONE_LETTERS, Plan, range_faults, usable_addresses
from sandbox.emulator.services.route53resolver import matches
from sandbox.providers.mocks import Run
from tests.support.program.recorded import CONTEXT, TAGS, record

GOVERNMENT = AwsContext(account_id="123456789012", region="us-gov-west-1", partition="aws-us-gov")
LEAST_INTRA = 16
"""Free addresses that EKS recommends for each subnet of a control plane."""
vpcs = st.builds(
    lambda prefix, bits: str(ipaddress.IPv4Network((0x0A000000 | (bits << (32 - prefix) & 0xFFFFFF), prefix))),
    st.integers(16, 20),
    st.integers(0, 4095),
)
zone_sets = st.sets(st.sampled_from(ZONE_LETTERS), min_size=2).map(sorted)


def network(known: bool = True, **changes: Any) -> Run:
    return record(lambda: Network("net", NetworkArgs(context=CONTEXT, tags=TAGS, **changes)) and None, known=known)


class TestPlan:
    @given(vpcs)
    def test_no_two_subnets_overlap_and_all_lie_in_the_vpc(self, cidr: str) -> None:
        plan = Plan(cidr)
        cut = [ipaddress.IPv4Network(plan.subnet(tier, zone)) for tier in TIERS for zone in ZONE_LETTERS]
        assert not [pair for pair in itertools.combinations(cut, 2) if pair[0].overlaps(pair[1])]
        assert all(subnet.subnet_of(ipaddress.IPv4Network(cidr)) for subnet in cut)

    @given(vpcs)
    def test_the_smallest_subnet_still_takes_the_control_plane_and_all_endpoints(self, cidr: str) -> None:
        smallest = usable_addresses(Plan(cidr).subnet("intra", "f"))
        assert smallest >= LEAST_INTRA + len(INTERFACE_SERVICES)

    @given(vpcs)
    def test_pods_get_at_least_eight_times_what_the_others_get(self, cidr: str) -> None:
        plan = Plan(cidr)
        private, public = (ipaddress.IPv4Network(plan.subnet(tier, "a")) for tier in ("private", "public"))
        assert private.num_addresses == 8 * public.num_addresses

    @given(vpcs)
    def test_the_resolver_is_the_third_address(self, cidr: str) -> None:
        assert Plan(cidr).resolver == str(ipaddress.IPv4Network(cidr)[2])

    @pytest.mark.parametrize("cidr", ["10.0.0.0/15", "10.0.0.0/21"])
    def test_a_vpc_of_the_wrong_size_is_refused_with_the_size_that_is_not(self, cidr: str) -> None:
        (fault,) = range_faults(cidr)
        assert "give a /16 to /20" in str(fault)
        assert fault.requirement == "AWS-EGRESS"

    def test_the_sizes_in_the_documentation_are_the_sizes(self) -> None:
        assert usable_addresses(Plan("10.40.0.0/16").subnet("private", "a")) == 8187
        assert usable_addresses(Plan("10.40.0.0/16").subnet("intra", "a")) == 1019
        assert usable_addresses(Plan("10.40.0.0/20").subnet("private", "a")) == 507
        assert usable_addresses(Plan("10.40.0.0/20").subnet("intra", "a")) == 59


class TestArguments:
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"zones": ["a"]}, r"zones: 1 zones are not enough; give 2 or more"),
            ({"zones": ["a", "a"]}, r"zones: a is there twice"),
            ({"zones": ["a", "g"]}, r"zones: g is not allowed; choose from a, b, c, d, e, f \(AWS-EGRESS\)"),
            ({"zones": ["a", "ab"]}, r"zones: ab is not allowed"),
            ({"zones": []}, r"zones: 0 zones are not enough"),
            ({"endpoints": ["ec2", "ecs"]}, r"endpoints: ecs is not allowed; choose from .*kms.* \(AWS-EGRESS\)"),
            ({"cidr": "10.0.0.0/8"}, r"cidr: 10.0.0.0/8 is not allowed"),
            ({"nat": "regional", "context": GOVERNMENT}, r"nat: regional is not offered by AWS in us-gov-west-1; "),
        ],
    )
    def test_what_cannot_be_is_refused_before_anything_is_registered(self, changes: dict[str, Any], words: str) -> None:
        with pytest.raises(ArgumentError, match=words):
            NetworkArgs(**{"context": CONTEXT, "tags": TAGS, **changes}).validate()


class TestDomains:
    @pytest.mark.parametrize("domain", ["example.org", "*.example.org", "registry-1.docker.io.", "a.b-c.example.org"])
    def test_a_domain_may_start_with_a_star_label(self, domain: str) -> None:
        NetworkArgs(context=CONTEXT, tags=TAGS, egress_domains=[domain]).validate()

    @pytest.mark.parametrize("domain", ["*", "*.org.*", "exa mple.org", "https://example.org", "example", "-a.org", ""])
    def test_what_the_resolver_would_not_take_is_refused(self, domain: str) -> None:
        with pytest.raises(ArgumentError, match=r"give a domain such as .*AWS-EGRESS"):
            NetworkArgs(context=CONTEXT, tags=TAGS, egress_domains=[domain]).validate()

    def test_all_endpoints_are_the_default(self) -> None:
        assert NetworkArgs(context=CONTEXT, tags=TAGS).endpoints == tuple(INTERFACE_SERVICES)


class TestSubnets:
    @given(zone_sets, st.sampled_from(ZONE_LETTERS))
    def test_adding_a_zone_changes_no_other_subnet(self, zones: list[str], added: str) -> None:
        plan = Plan("10.40.0.0/16")
        before = {(tier, zone): plan.subnet(tier, zone) for tier in TIERS for zone in zones}
        after = {(tier, zone): plan.subnet(tier, zone) for tier in TIERS for zone in {*zones, added}}
        assert before.items() <= after.items()

    def test_adding_a_zone_registers_more_and_changes_nothing_but_what_spans_zones(self) -> None:
        before, after = network(zones=["a", "b"]), network(zones=["a", "b", "f"])
        new = {one.urn: one for one in after.resources}
        differing = {one.type for one in before.resources if one.urn not in new or new[one.urn].inputs != one.inputs}
        assert differing == {"aws:ec2/vpcEndpoint:VpcEndpoint"}, "endpoints get an interface in the zone, in place"
        assert new.keys() > {one.urn for one in before.resources}

    def test_each_tier_has_one_subnet_a_zone_and_none_gives_public_addresses(self) -> None:
        subnets = network().by_name("ec2/subnet:Subnet")
        assert set(subnets) == {f"net-{tier}-{zone}" for tier in TIERS for zone in "abc"}
        assert all(one.inputs["mapPublicIpOnLaunch"] is False for one in subnets.values())
        assert subnets["net-private-b"].inputs["availabilityZone"] == "eu-central-1b"

    def test_load_balancers_find_public_and_private_subnets_and_no_others(self) -> None:
        subnets = network().by_name("ec2/subnet:Subnet")
        roles = {name: {tag for tag in one.inputs["tags"] if "kubernetes.io" in tag} for name, one in subnets.items()}
        assert roles["net-public-a"] == {"kubernetes.io/role/elb"}
        assert roles["net-private-a"] == {"kubernetes.io/role/internal-elb"}
        assert roles["net-intra-a"] == set()


class TestRoutes:
    def test_every_zone_leaves_through_its_own_nat_gateway(self) -> None:
        graph = network()
        for zone in "abc":
            route = graph.named(f"net-private-{zone}-out", "ec2/route:Route")
            assert route.inputs["natGatewayId"] == f"id-net-nat-{zone}"
            association = graph.named(f"net-private-{zone}", "ec2/routeTableAssociation:RouteTableAssociation")
            assert association.inputs["routeTableId"] == route.inputs["routeTableId"]

    def test_a_single_nat_gateway_serves_all_zones(self) -> None:
        graph = network(nat="single")
        assert set(graph.by_name("ec2/natGateway:NatGateway")) == {"net-nat-a"}
        ways = {one.inputs["natGatewayId"] for one in graph.of("ec2/route:Route") if "natGatewayId" in one.inputs}
        assert ways == {"id-net-nat-a"}

    def test_a_regional_nat_gateway_has_an_address_in_every_zone_and_serves_all(self) -> None:
        graph = network(nat="regional")
        (gateway,) = graph.of("ec2/natGateway:NatGateway")
        assert {key: value for key, value in gateway.inputs.items() if key != "tags"} == {
            "vpcId": "id-net-vpc",
            "availabilityMode": "regional",
            "availabilityZoneAddresses": [
                {"availabilityZone": f"eu-central-1{zone}", "allocationIds": [f"eipalloc-net-nat-regional-{zone}"]}
                for zone in "abc"
            ],
        }
        assert gateway.inputs["tags"]["Name"] == gateway.name == "net-nat-regional"
        assert set(graph.by_name("ec2/eip:Eip")) == {f"net-nat-regional-{zone}" for zone in "abc"}
        ways = {
            one.name: one.inputs["natGatewayId"] for one in graph.of("ec2/route:Route") if "natGatewayId" in one.inputs
        }
        assert ways == {f"net-private-{zone}-out": "id-net-nat-regional" for zone in "abc"}
        assert graph.waits(gateway, graph.named("net-public-internet", "ec2/route:Route"))

    def test_a_zone_more_gives_the_regional_nat_gateway_an_address_and_no_other_name(self) -> None:
        before, after = (network(nat="regional", zones=zones) for zones in ("ab", "abf"))
        (old,), (new,) = (graph.of("ec2/natGateway:NatGateway") for graph in (before, after))
        assert old.urn == new.urn
        key = "availabilityZoneAddresses"
        assert new.inputs[key][:2] == old.inputs[key]
        assert {name: value for name, value in new.inputs.items() if name != key} == {
            name: value for name, value in old.inputs.items() if name != key
        }
        assert set(after.by_name("ec2/eip:Eip")) - set(before.by_name("ec2/eip:Eip")) == {"net-nat-regional-f"}

    @pytest.mark.parametrize("nat", ["zone", "single"])
    def test_a_regional_nat_gateway_is_there_before_the_others_go(self, nat: str) -> None:
        """Nothing of theirs is in it, and all that leads to them stays: routes change in place."""
        theirs, regional = network(nat=nat), network(nat="regional")
        for type_ in ("ec2/natGateway:NatGateway", "ec2/eip:Eip"):
            assert not theirs.by_name(type_).keys() & regional.by_name(type_).keys()
        moved = {"ec2/natGateway:NatGateway", "ec2/eip:Eip"}

        def others(graph: Run) -> set[str]:
            return {one.urn for one in graph.resources if one.type.removeprefix("aws:") not in moved}

        assert others(theirs) == others(regional)

    def test_intra_subnets_have_no_way_out(self) -> None:
        graph = network()
        tables = {one.inputs["routeTableId"] for one in graph.of("ec2/route:Route")}
        assert "id-net-intra" not in tables
        for zone in "abc":
            association = graph.named(f"net-intra-{zone}", "ec2/routeTableAssociation:RouteTableAssociation")
            assert association.inputs["routeTableId"] == "id-net-intra"

    def test_only_the_public_table_leads_to_the_internet_gateway(self) -> None:
        routes = network().of("ec2/route:Route")
        assert {one.inputs["routeTableId"] for one in routes if "gatewayId" in one.inputs} == {"id-net-public"}

    def test_nat_gateways_wait_for_the_way_to_the_internet_and_for_nothing_slow(self) -> None:
        graph = network()
        gateway = graph.named("net-nat-b", "ec2/natGateway:NatGateway")
        assert graph.waits(gateway, graph.named("net-public-internet", "ec2/route:Route"))
        slow = [*graph.of("ec2/vpcEndpoint:VpcEndpoint"), graph.named("net-nat-a", "ec2/natGateway:NatGateway")]
        assert not [one.name for one in slow if graph.waits(gateway, one)]

    def test_what_is_made_in_a_public_subnet_waits_for_the_way_to_the_internet(self) -> None:
        """Without a gateway AWS makes no internet-facing load balancer, and a bastion that boots finds no packages."""

        def program() -> None:
            made = Network("net", NetworkArgs(context=CONTEXT, tags=TAGS))
            aws.lb.LoadBalancer("public", subnets=list(made.public_subnet_ids.values()))
            aws.lb.LoadBalancer("internal", internal=True, subnets=list(made.intra_subnet_ids.values()))

        graph = record(program)
        public, internal = (graph.named(name, "lb/loadBalancer:LoadBalancer") for name in ("public", "internal"))
        assert public.inputs["subnets"] == [f"id-net-public-{zone}" for zone in "abc"]
        way = [
            graph.named("net-internet", "ec2/internetGateway:InternetGateway"),
            graph.named("net-public-internet", "ec2/route:Route"),
            graph.named("net-public-c", "ec2/routeTableAssociation:RouteTableAssociation"),
        ]
        assert [graph.waits(public, one) for one in way] == [True] * 3
        assert [graph.waits(internal, one) for one in way] == [False] * 3

    def test_private_names_resolve_in_the_vpc(self) -> None:
        vpc = network().named("net-vpc", "ec2/vpc:Vpc")
        assert (vpc.inputs["enableDnsSupport"], vpc.inputs["enableDnsHostnames"]) == (True, True)

    def test_subnets_wait_for_the_vpc_alone(self) -> None:
        graph = network()
        vpc = graph.named("net-vpc", "ec2/vpc:Vpc").urn
        assert all(one.depends_on == (vpc,) for one in graph.of("ec2/subnet:Subnet"))


class TestWhatAwsMakesUnasked:
    def test_the_default_group_and_table_are_emptied(self) -> None:
        graph = network()
        group = graph.named("net-default", "ec2/defaultSecurityGroup:DefaultSecurityGroup")
        assert group.inputs["vpcId"] == "id-net-vpc"
        assert group.inputs["ingress"] == []
        assert group.inputs["egress"] == []
        table = graph.named("net-default", "ec2/defaultRouteTable:DefaultRouteTable")
        assert table.inputs["routes"] == []
        assert table.inputs["defaultRouteTableId"] == "rtb-default-net-vpc"


class TestEndpoints:
    def test_each_service_has_an_endpoint_with_a_private_name_in_the_intra_subnets(self) -> None:
        endpoints = network().by_name("ec2/vpcEndpoint:VpcEndpoint")
        interfaces = {name: one for name, one in endpoints.items() if one.inputs["vpcEndpointType"] == "Interface"}
        assert len(interfaces) == len(INTERFACE_SERVICES)
        for one in interfaces.values():
            assert one.inputs["privateDnsEnabled"] is True
            assert one.inputs["subnetIds"] == [f"id-net-intra-{zone}" for zone in "abc"]
            assert one.inputs["securityGroupIds"] == ["id-net-endpoints"]
        assert endpoints["net-ecr-dkr"].inputs["serviceName"] == "com.amazonaws.eu-central-1.ecr.dkr"

    def test_s3_is_reached_through_a_gateway_from_private_and_intra_subnets(self) -> None:
        gateway = network(endpoints=[]).named("net-s3", "ec2/vpcEndpoint:VpcEndpoint")
        assert gateway.inputs["vpcEndpointType"] == "Gateway"
        assert set(gateway.inputs["routeTableIds"]) == {"id-net-intra", *(f"id-net-private-{zone}" for zone in "abc")}

    def test_the_interfaces_take_tls_from_the_vpc_only(self) -> None:
        graph = network()
        (rule,) = graph.of("vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        assert (rule.inputs["cidrIpv4"], rule.inputs["fromPort"], rule.inputs["toPort"]) == ("10.40.0.0/16", 443, 443)
        assert rule.inputs["description"]

    @pytest.mark.parametrize("service", INTERFACE_SERVICES)
    def test_nobody_from_another_account_passes_and_nothing_is_unconditional(self, service: str) -> None:
        for statement in interface_policy(service, CONTEXT)["Statement"]:
            conditions = statement["Condition"]["StringEquals"]
            assert conditions.get("aws:PrincipalAccount", conditions.get("aws:ResourceAccount")) == "123456789012"

    @pytest.mark.parametrize("service", INTERFACE_SERVICES)
    def test_resources_of_other_accounts_are_out_of_reach_unless_a_reason_is_written_down(self, service: str) -> None:
        open_statements = [
            statement
            for statement in interface_policy(service, CONTEXT)["Statement"]
            if "aws:ResourceAccount" not in statement["Condition"]["StringEquals"]
        ]
        assert bool(open_statements) is bool(INTERFACE_SERVICES[service].foreign_resources)

    @pytest.mark.parametrize("service", ["ecr.api", "ecr.dkr"])
    def test_from_other_registries_images_are_read_and_never_written(self, service: str) -> None:
        (foreign,) = [
            statement
            for statement in interface_policy(service, CONTEXT)["Statement"]
            if "aws:ResourceAccount" not in statement["Condition"]["StringEquals"]
        ]
        assert foreign["Action"] == list(PULL_ACTIONS)
        assert not [action for action in foreign["Action"] if "Put" in action or "Upload" in action or "*" in action]

    def test_a_service_accounts_token_is_traded_for_our_roles_only(self) -> None:
        anonymous = interface_policy("sts", CONTEXT)["Statement"][1]
        assert anonymous["Action"] == "sts:AssumeRoleWithWebIdentity"
        assert anonymous["Condition"] == {"StringEquals": {"aws:ResourceAccount": "123456789012"}}

    def test_from_foreign_buckets_only_named_ones_are_read(self) -> None:
        ours, foreign = s3_policy(CONTEXT)["Statement"]
        assert set(ours["Condition"]["StringEquals"]) == {"aws:PrincipalAccount", "aws:ResourceAccount"}
        assert foreign["Action"] == "s3:GetObject"
        assert "arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/*" in foreign["Resource"]
        assert all(arn.count("*") == 1 and "eu-central-1" in arn for arn in foreign["Resource"])
        assert not [arn for arn in foreign["Resource"] if "{" in arn]

    def test_every_endpoint_carries_its_policy(self) -> None:
        for one in network().of("ec2/vpcEndpoint:VpcEndpoint"):
            assert json.loads(one.inputs["policy"])["Statement"], one.name


class TestFlowLogs:
    def test_all_traffic_is_logged_to_an_encrypted_group_that_is_kept(self) -> None:
        graph = network(log_retention_days=400)
        group = graph.named("net-flow-logs", "cloudwatch/logGroup:LogGroup")
        assert group.inputs["name"] == "/aws/vpc/net/flow"
        assert group.inputs["kmsKeyId"] == "arn:aws:mock:::net-flow-logs-key"
        assert group.inputs["retentionInDays"] == 400
        log = graph.named("net-flow-log", "ec2/flowLog:FlowLog")
        assert log.inputs["trafficType"] == "ALL"
        assert log.inputs["vpcId"] == "id-net-vpc"
        assert "${pkt-srcaddr}" in log.inputs["logFormat"]

    def test_the_writer_may_write_to_this_group_only_and_for_this_account_only(self) -> None:
        graph = network()
        policy = json.loads(graph.named("net-flow-logs", "iam/rolePolicy:RolePolicy").inputs["policy"])
        writing = [one for one in policy["Statement"] if "logs:PutLogEvents" in one["Action"]]
        assert [arn.split(":log-group:")[1] for arn in writing[0]["Resource"]] == [
            "/aws/vpc/net/flow",
            "/aws/vpc/net/flow:*",
        ]
        trust = json.loads(graph.named("net-flow-logs", "iam/role:Role").inputs["assumeRolePolicy"])
        assert trust["Statement"][0]["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}

    @pytest.mark.parametrize("protect", [True, False])
    def test_log_and_key_are_protected_as_asked(self, protect: bool) -> None:
        graph = network(protect=protect)
        kept = [graph.named("net-flow-logs", "cloudwatch/logGroup:LogGroup"), *graph.of("kms/key:Key")]
        assert {one.protect for one in kept} == {protect}

    @pytest.mark.parametrize("protect", [True, False])
    def test_a_zone_that_a_control_plane_may_stand_in_is_protected_as_asked(self, protect: bool) -> None:
        subnets = network(protect=protect).by_name("ec2/subnet:Subnet")
        assert {name for name, one in subnets.items() if one.protect} == (
            {f"net-intra-{zone}" for zone in "abc"} if protect else set()
        )


class TestEgressDomains:
    def test_without_a_list_nothing_is_made(self) -> None:
        assert not [one.type for one in network().resources if "route53" in one.type]

    def test_listed_domains_and_awss_own_resolve_and_all_others_do_not(self) -> None:
        graph = network(egress_domains=["registry.example.org"])
        lists = graph.by_name("route53/resolverFirewallDomainList:ResolverFirewallDomainList")
        assert lists["net-allowed"].inputs["domains"] == sorted(["registry.example.org", *own_domains(CONTEXT)])
        assert lists["net-everything-else"].inputs["domains"] == ["*"]
        rules = graph.by_name("route53/resolverFirewallRule:ResolverFirewallRule")
        allowed, others = rules["net-allowed"].inputs, rules["net-everything-else"].inputs
        assert (allowed["action"], others["action"], others["blockResponse"]) == ("ALLOW", "BLOCK", "NXDOMAIN")
        assert allowed["priority"] < others["priority"]

    @given(st.lists(st.sampled_from(["*.example.org", "a.example.org", "*.a.example.org", "example.org", "a.org"])))
    def test_what_a_wildcard_covers_is_not_listed_beside_it(self, domains: list[str]) -> None:
        names = ["example.org", "a.example.org", "b.a.example.org", "a.org", "b.org"]
        least = without_covered(domains)
        assert [name for name in names if any(matches(one, name) for one in least)] == [
            name for name in names if any(matches(one, name) for one in domains)
        ]
        assert not [(one, two) for one in least for two in least if one != two and matches(one, two)]

    def test_it_fails_closed(self) -> None:
        graph = network(egress_domains=[])
        config = graph.named("net-egress", "route53/resolverFirewallConfig:ResolverFirewallConfig")
        assert config.inputs["firewallFailOpen"] == "DISABLED"
        association = graph.named(
            "net-egress", "route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation"
        )
        rules = graph.of("route53/resolverFirewallRule:ResolverFirewallRule")
        assert all(graph.waits(association, rule) for rule in rules), "half a group would block or pass everything"


def test_a_preview_in_which_nothing_is_known_registers_the_same() -> None:
    preview, up = network(known=False, egress_domains=[]), network(egress_domains=[])
    assert {one.urn for one in preview.resources} == {one.urn for one in up.resources}


def test_outputs_are_typed_and_ranges_known_at_once() -> None:
    seen: dict[str, Any] = {}

    def program() -> Any:
        made = Network("net", NetworkArgs(context=CONTEXT, tags=TAGS, cidr="10.60.0.0/18", zones=["b", "c"]))
        for nat in ("single", "regional"):
            other = Network(nat, NetworkArgs(context=CONTEXT, tags=TAGS, zones=["b", "c"], nat=nat))
            seen[nat] = set(other.nat_ips)
        seen["plain"] = (made.vpc_cidr, made.zones, made.resolver_ip, made.private_subnet_cidrs, made.zone_names)
        seen["nat"] = set(made.nat_ips)
        return made.private_subnet_ids["b"].apply(lambda known: seen.__setitem__("id", known))

    record(program)
    assert seen["plain"] == (
        "10.60.0.0/18",
        ("b", "c"),
        "10.60.0.2",
        {"b": "10.60.8.0/21", "c": "10.60.16.0/21"},
        {"b": "eu-central-1b", "c": "eu-central-1c"},
    )
    assert seen["nat"] == seen["regional"] == {"b", "c"}
    assert seen["single"] == {"b"}
    assert seen["id"] == "id-net-private-b"
