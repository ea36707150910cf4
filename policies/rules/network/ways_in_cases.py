"""Cases of ways_in.py."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.network import ways_in
from policies.rules.network.ways_in import CLIENT_VPN, DOCUMENT, JOB, WAYS_IN

_SERVICE: Final = "aws:ecs/service:Service"
_APP: Final = "aws:apprunner/service:Service"
_TRANSFER: Final = "aws:transfer/server:Server"
_DOMAIN: Final = "aws:opensearch/domain:Domain"
_GROUP: Final = "aws:verifiedaccess/group:Group"
_PEERING: Final = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
_BEANSTALK: Final = "aws:elasticbeanstalk/environment:Environment"
_CONSOLE: Final = "aws:ec2/serialConsoleAccess:SerialConsoleAccess"
_AUTHENTICATION: Final = "authenticationOptions"


def _of(type_: str, **props: Any) -> Item:
    return Item(type=type_, props=props)


def _vpn(*kinds: str) -> Item:
    return _of(CLIENT_VPN, authenticationOptions=[{"type": kind} for kind in kinds])


def _session(**content: Any) -> Item:
    return _of(DOCUMENT, name="d", documentType="Session", content=json.dumps({"schemaVersion": "1.0", **content}))


def _job(**network: Any) -> Item:
    return _of(JOB, type="container", containerProperties=json.dumps({"image": "x", "networkConfiguration": network}))


def _task(**network: Any) -> Item:
    return _of(_SERVICE, networkConfiguration={"subnets": ["subnet-1"], **network})


CASES: dict[str, tuple[Case, ...]] = {
    WAYS_IN.id: (
        ok("task_in_private", _task(assignPublicIp=False)),
        ok("task_by_default", _task()),
        ok("service_without_tasks_of_its_own", _of(_SERVICE)),
        ok("console_off", _of(_CONSOLE, enabled=False)),
        ok("vpn_with_an_identity_provider", _vpn("certificate-authentication", "federated-authentication")),
        ok(
            "application_inside",
            _of(_APP, networkConfiguration={"ingressConfiguration": {"isPubliclyAccessible": False}}),
        ),
        ok("transfer_inside", _of(_TRANSFER, endpointType="VPC", endpointDetails={"subnetIds": ["subnet-1"]})),
        ok("search_inside", _of(_DOMAIN, vpcOptions={"subnetIds": ["subnet-1"]})),
        ok("search_in_subnets_made_with_it", _of(_DOMAIN, vpcOptions={"subnetIds": [UNKNOWN]})),
        ok("group_in_subnets", _of("aws:autoscaling/group:Group", vpcZoneIdentifiers=["subnet-1"])),
        ok("shell", _session(sessionType="Standard_Stream")),
        ok("command", _of(DOCUMENT, documentType="Command", content='{"sessionType": "Port"}')),
        ok("peer_in_this_account", _of(_PEERING, peerVpcId="vpc-2")),
        ok("peer_of_ours", _of(_PEERING, peerOwnerId="123456789012"), settings={"accounts": ["123456789012"]}),
        ok(
            "people_of_a_team",
            _of(_GROUP, policyDocument="permit(principal, action, resource) when { context.idp.x };"),
        ),
        ok("nobody", _of(_GROUP)),
        ok("job_inside", _job(assignPublicIp="DISABLED")),
        fail("task_with_an_address", _task(assignPublicIp=True), at="networkConfiguration.assignPublicIp"),
        fail("console_by_default", _of(_CONSOLE), at="enabled"),
        fail("vpn_by_certificate", _vpn("certificate-authentication"), at=_AUTHENTICATION),
        fail("vpn_of_a_directory", _vpn("directory-service-authentication"), at=_AUTHENTICATION),
        fail(
            "application_by_default",
            _of(_APP),
            at="networkConfiguration.ingressConfiguration.isPubliclyAccessible",
        ),
        fail("transfer_by_default", _of(_TRANSFER), at="endpointType"),
        fail(
            "transfer_with_addresses",
            _of(_TRANSFER, endpointType="VPC", endpointDetails={"addressAllocationIds": [UNKNOWN]}),
            at="endpointDetails.addressAllocationIds",
        ),
        fail("search_on_the_internet", _of(_DOMAIN), at="vpcOptions.subnetIds"),
        fail("group_in_the_default_vpc", _of("aws:autoscaling/group:Group", minSize=1), at="vpcZoneIdentifiers"),
        fail("any_port_through_a_session", _session(sessionType="Port"), at="content"),
        fail("session_of_no_kind", _session(), at="content"),
        fail("peer_of_others", _of(_PEERING, peerOwnerId="123456789012"), at="peerOwnerId"),
        fail("everybody", _of(_GROUP, policyDocument="permit(principal, action, resource);"), at="policyDocument"),
        fail(
            "everybody_by_a_condition",
            _of(_GROUP, policyDocument="permit (principal,action,resource) when {true};"),
            at="policyDocument",
        ),
        fail(
            "beanstalk",
            _of(
                _BEANSTALK,
                settings=[{"namespace": "aws:ec2:vpc", "name": "AssociatePublicIpAddress", "value": "true"}],
            ),
            at="settings[0].value",
        ),
        fail(
            "job_with_an_address",
            _job(assignPublicIp="ENABLED"),
            at="containerProperties.networkConfiguration.assignPublicIp",
        ),
        *(fail(type_.split(":")[1].replace("/", "_"), _of(type_), at="(resource)") for type_ in ways_in.CLOSED),
        unknown("decided_later", _task(assignPublicIp=UNKNOWN)),
        unknown("peer_known_later", _of(_PEERING, peerOwnerId=UNKNOWN)),
    ),
}
