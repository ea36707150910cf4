"""Who gets into Deis: closed registration, one list on every way in, and addresses that nobody can make up."""

from __future__ import annotations

import pulumi
import pytest

from components.faults import ArgumentError
from policies.guidelines import deis as guideline
from policies.guidelines.deis import BUILDER, CONTROLLER, ROUTER
from sandbox.providers.mocks import Registered, Run
from tests.support.deis.router_annotations import BUILDER as BUILDER_KEYS
from tests.support.deis.router_annotations import ROUTER as ROUTER_KEYS
from tests.support.deis.router_annotations import SERVICE as SERVICE_KEYS
from tests.support.deis.router_annotations import admitted, read
from tests.support.program.deis_of import (
    JOB,
    WHITELIST,
    WITH_PODS,
    annotations_of,
    environment_of,
    objects,
    of_deis,
    pod_of,
)

Objects = dict[tuple[str, str], Registered]


@pytest.fixture(scope="module")
def graph() -> Run:
    return of_deis()


@pytest.fixture(scope="module")
def made(graph: Run) -> Objects:
    return objects(graph)


class TestRegistration:
    @pytest.mark.parametrize("name", [("Deployment", CONTROLLER), JOB])
    def test_nothing_is_left_to_the_controllers_defaults(self, made: Objects, name: tuple[str, str]) -> None:
        variables = environment_of(made[name])
        assert set(guideline.REQUIRED_VARIABLES) <= variables.keys()
        assert variables["REGISTRATION_MODE"]["value"] == "admin_only"
        assert guideline.DEBUG_VARIABLE not in variables
        assert variables["K8S_API_VERIFY_TLS"]["value"] == "true"
        assert int(variables["GUNICORN_WORKERS"]["value"]) > 0

    def test_the_other_mode_is_closed_too(self) -> None:
        made = objects(of_deis(registration_mode="disabled"))
        assert environment_of(made["Deployment", CONTROLLER])["REGISTRATION_MODE"]["value"] == "disabled"
        assert JOB in made, "without it there would be no administrator at all"

    def test_no_pod_has_debugging_on(self, made: Objects) -> None:
        for name in WITH_PODS:
            assert guideline.DEBUG_VARIABLE not in environment_of(made[name])

    def test_the_database_is_verified_down_to_its_name(self, made: Objects) -> None:
        for name in (("Deployment", CONTROLLER), JOB):
            variables = environment_of(made[name])
            assert variables["PGSSLMODE"]["value"] == "verify-full"
            (mounted,) = [
                one["mountPath"]
                for one in pod_of(made[name])["containers"][0]["volumeMounts"]
                if variables["PGSSLROOTCERT"]["value"].startswith(one["mountPath"] + "/")
            ]
            assert mounted
        roots = made["ConfigMap", "deis-database-ca"].inputs["data"]["roots.pem"]
        assert roots.startswith("-----BEGIN CERTIFICATE-----")


class TestWhitelist:
    def test_annotations_are_exactly_these(self, made: Objects) -> None:
        router, service = annotations_of(made["Deployment", ROUTER]), annotations_of(made["Service", CONTROLLER])
        assert read(router, ROUTER_KEYS).dropped == []
        assert read(service, SERVICE_KEYS).dropped == []
        assert {key for key in service if not key.startswith("router.deis.io/")} == {"pulumi.com/skipAwait"}
        assert {key for key in router if not key.startswith("router.deis.io/nginx.")} == set()
        assert admitted(read(router, ROUTER_KEYS), read(service, SERVICE_KEYS)) == list(WHITELIST)
        assert read(service, SERVICE_KEYS)["domains"] == ["deis"]
        assert read(annotations_of(made["Service", BUILDER]), BUILDER_KEYS).dropped == []

    def test_only_the_balancers_subnets_are_believed(self, graph: Run, made: Objects) -> None:
        believed = read(annotations_of(made["Deployment", ROUTER]), ROUTER_KEYS)["nginx.proxyRealIpCidrs"]
        subnets = graph.by_name("ec2/subnet:Subnet")
        assert sorted(believed) == sorted(subnets[f"net-public-{zone}"].inputs["cidrBlock"] for zone in "abc")
        (balancer,) = graph.of("lb/loadBalancer:LoadBalancer")
        assert balancer.inputs["subnets"] == [f"id-net-public-{zone}" for zone in "abc"]

    def test_the_annotations_are_the_deployments_own(self, made: Objects) -> None:
        template = made["Deployment", ROUTER].inputs["spec"]["template"]["metadata"]
        assert not [key for key in template.get("annotations", {}) if key.startswith("router.deis.io/")]

    def test_the_vpns_address_is_let_in_everywhere(self) -> None:
        graph = of_deis(later=lambda *_: {"vpn_addresses": {"vpn": pulumi.Output.from_input("192.0.2.9")}})
        made = objects(graph)
        router, service = annotations_of(made["Deployment", ROUTER]), annotations_of(made["Service", CONTROLLER])
        wanted = [*WHITELIST, "192.0.2.9/32"]
        assert admitted(read(router, ROUTER_KEYS), read(service, SERVICE_KEYS)) == wanted
        for port in (80, 443, 2222):
            rules = graph.by_name("vpc/securityGroupIngressRule:SecurityGroupIngressRule")
            assert rules[f"deis-balancer-{port}-from-vpn"].inputs["cidrIpv4"] == "192.0.2.9/32"

    @pytest.mark.parametrize("address", ["2001:db8::1", "nonsense", "0.0.0.0/0"])
    def test_an_address_that_is_none_fails_the_update(self, address: str) -> None:
        with pytest.raises(ArgumentError, match=r"vpn_addresses.*DEIS-WL"):
            of_deis(later=lambda *_: {"vpn_addresses": {"vpn": pulumi.Output.from_input(address)}})

    def test_the_boundary_is_the_same_list_on_every_port(self, graph: Run) -> None:
        rules = graph.of("vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        for port in (80, 443, 2222):
            ours = [one.inputs for one in rules if one.inputs["securityGroupId"] == f"id-deis-balancer-{port}"]
            assert sorted(rule["cidrIpv4"] for rule in ours) == sorted(WHITELIST)
            assert {(rule["fromPort"], rule["toPort"], rule["ipProtocol"]) for rule in ours} == {(port, port, "tcp")}

    def test_the_clients_address_travels_by_proxy_protocol_only(self, graph: Run, made: Objects) -> None:
        groups = graph.of("lb/targetGroup:TargetGroup")
        assert len(groups) == 3
        for group in groups:
            assert group.inputs["proxyProtocolV2"] is True
            assert group.inputs["preserveClientIp"] == "false"
        service = made["Service", ROUTER].inputs["spec"]
        assert service["externalTrafficPolicy"] == "Local"
        ports = {int(port["port"]): (int(port["targetPort"]), int(port["nodePort"])) for port in service["ports"]}
        assert {port: target for port, (target, _) in ports.items()} == dict(guideline.ROUTER_PUBLIC_PORTS)
        for port, (_, node_port) in ports.items():
            assert graph.named(f"deis-balancer-{port}-targets", "TargetGroup").inputs["port"] == node_port
            listener = graph.named(f"deis-balancer-{port}-listener", "lb/listener:Listener")
            assert (listener.inputs["port"], listener.inputs["protocol"]) == (port, "TCP")

    def test_no_private_link_goes_around_the_groups(self, graph: Run) -> None:
        (balancer,) = graph.of("lb/loadBalancer:LoadBalancer")
        assert balancer.inputs["enforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] == "on"

    def test_the_balancers_groups_lead_to_the_routers_ports_of_nodes_only(self, graph: Run) -> None:
        rules = graph.by_name("vpc/securityGroupEgressRule:SecurityGroupEgressRule")
        for port, node_port in ((80, 31080), (443, 31443), (2222, 31222)):
            ours = [one.inputs for one in rules.values() if one.inputs["securityGroupId"] == f"id-deis-balancer-{port}"]
            (rule,) = ours
            assert (rule["fromPort"], rule["toPort"]) == (node_port, node_port)
            assert rule["referencedSecurityGroupId"] == "id-pal-nodes"

    def test_an_internal_balancer_has_no_public_address(self) -> None:
        graph = of_deis(
            balancer="internal",
            later=lambda network, _: {
                "balancer_subnet_ids": network.intra_subnet_ids,
                "balancer_subnet_cidrs": network.intra_subnet_cidrs,
            },
        )
        (balancer,) = graph.of("lb/loadBalancer:LoadBalancer")
        assert balancer.inputs["internal"] is True
