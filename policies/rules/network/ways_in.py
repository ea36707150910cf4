"""A policy about access to a VPC other than the load balancers and the VPN (VPN-MFA, AWS-EGRESS).

There are two tables: types that always give access, and properties that decide it, with AWS's default if they are not
set. The defaults are those of the API references and of the provider's schemas (read 2026-11-28).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from policies.kernel.policy import CRITICAL, MANDATORY, Policy
from policies.kernel.resource import WHOLE, Resource, Violation, violation
from policies.rules.iam.documents import held
from policies.rules.services.settings import Setting

VPN: Final = "the VPN, which asks for a second factor"
NETWORK: Final = "a subnet of a VPC of your own"

CLOSED: Final[Mapping[str, str]] = {
    "aws:apigateway/vpcLink:VpcLink": "a load balancer whose listeners and security groups are judged",
    "aws:apigatewayv2/vpcLink:VpcLink": "a load balancer whose listeners and security groups are judged",
    "aws:ec2/defaultSubnet:DefaultSubnet": NETWORK,
    "aws:ec2/defaultVpc:DefaultVpc": "a VPC of your own; every subnet of the default one is public",
    "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter": "no request that comes from elsewhere",
    "aws:ec2/vpnConnection:VpnConnection": VPN,
    "aws:ec2transitgateway/connectPeer:ConnectPeer": VPN,
    "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint": VPN,
    "aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter": "no request that comes from elsewhere",
    "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter": "no request that comes from elsewhere",
    "aws:lightsail/containerService:ContainerService": NETWORK,
    "aws:lightsail/instance:Instance": NETWORK,
    "aws:lightsail/lb:Lb": NETWORK,
}
"""Type -> what to use in its place. Lightsail's machines and services always have public addresses."""

_NO_ADDRESS: Final = ("false", "disabled")
_TASK: Final = "networkConfiguration.assignPublicIp"
SWITCHES: Final[Mapping[str, Setting]] = {
    "aws:apprunner/service:Service": Setting(
        "networkConfiguration.ingressConfiguration.isPubliclyAccessible", ("false",), "true"
    ),
    "aws:cloud9/environmentEC2:EnvironmentEC2": Setting("connectionType", ("connect_ssm",), "connect_ssh"),
    "aws:cloudwatch/eventTarget:EventTarget": Setting(f"ecsTarget.{_TASK}", _NO_ADDRESS, "false"),
    "aws:ec2/serialConsoleAccess:SerialConsoleAccess": Setting("enabled", ("false",), "true"),
    "aws:ec2/vpcEndpointService:VpcEndpointService": Setting("acceptanceRequired", ("true",), "false"),
    "aws:ec2transitgateway/transitGateway:TransitGateway": Setting(
        "autoAcceptSharedAttachments", ("disable",), "disable"
    ),
    "aws:ecs/service:Service": Setting(_TASK, _NO_ADDRESS, "false"),
    "aws:ecs/taskSet:TaskSet": Setting(_TASK, _NO_ADDRESS, "false"),
    "aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration": Setting(
        "blockPublicSecurityGroupRules", ("true",), "false"
    ),
    "aws:mq/broker:Broker": Setting("publiclyAccessible", ("false",), "false"),
    "aws:msk/cluster:Cluster": Setting(
        "brokerNodeGroupInfo.connectivityInfo.publicAccess.type", ("disabled",), "disabled"
    ),
    "aws:mwaa/environment:Environment": Setting("webserverAccessMode", ("private_only",), "private_only"),
    "aws:pipes/pipe:Pipe": Setting(
        "targetParameters.ecsTaskParameters.networkConfiguration.awsVpcConfiguration.assignPublicIp",
        _NO_ADDRESS,
        "disabled",
    ),
    "aws:scheduler/schedule:Schedule": Setting(f"target.ecsParameters.{_TASK}", _NO_ADDRESS, "false"),
    "aws:timestreaminfluxdb/dbCluster:DbCluster": Setting("publiclyAccessible", ("false",), "false"),
    "aws:timestreaminfluxdb/dbInstance:DbInstance": Setting("publiclyAccessible", ("false",), "false"),
    "aws:transfer/server:Server": Setting("endpointType", ("vpc", "vpc_endpoint"), "public"),
}
"""Type -> the property that makes it a way in; databases have a policy of their own."""
FILLED: Final = {
    "aws:autoscaling/group:Group": "vpcZoneIdentifiers",
    "aws:elasticsearch/domain:Domain": "vpcOptions.subnetIds",
    "aws:opensearch/domain:Domain": "vpcOptions.subnetIds",
}
"""Type -> the list without which it is on the Internet, or in the default VPC."""
EMPTY: Final = {"aws:transfer/server:Server": "endpointDetails.addressAllocationIds"}
"""Type -> the list of its public addresses."""
PEERS: Final[Mapping[str, str]] = {
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": "peerOwnerId",
    "aws:ec2transitgateway/peeringAttachment:PeeringAttachment": "peerAccountId",
}
"""Type -> the account at the other end; nothing said, it is the same account."""

CLIENT_VPN: Final = "aws:ec2clientvpn/endpoint:Endpoint"
BEANSTALK: Final = frozenset(
    {
        "aws:elasticbeanstalk/environment:Environment",
        "aws:elasticbeanstalk/configurationTemplate:ConfigurationTemplate",
    }
)
JOB: Final = "aws:batch/jobDefinition:JobDefinition"
JOB_DOCUMENTS: Final = ("containerProperties", "ecsProperties")
DOCUMENT: Final = "aws:ssm/document:Document"
SESSION_TYPE: Final = re.compile(r"""sessionType["']?\s*:\s*["']?(\w*)""", re.ASCII)
SESSIONS: Final = frozenset({"Standard_Stream", "InteractiveCommands", "NonInteractiveCommands"})
"""Kinds of sessions that run commands on a machine; the remaining one, Port, carries any protocol into the VPC."""
VERIFIED: Final = frozenset({"aws:verifiedaccess/endpoint:Endpoint", "aws:verifiedaccess/group:Group"})
PERMIT: Final = re.compile(r"\bpermit\s*\(([^)]*)\)\s*(;|when\s*\{\s*true\s*\}|unless\s*\{\s*false\s*\})?")
"""A statement of Cedar: its scope, and its end where no condition follows."""


def _client_vpn(resource: Resource) -> Iterator[Violation]:
    """People authenticate with their identity provider, which requires MFA; a certificate is a single factor."""
    options = resource.props["authenticationOptions"]
    kinds = [one["type"].text() for one in options.items()]
    if "federated-authentication" not in kinds:
        yield violation(options, ", ".join(filter(None, kinds)) or "nothing", "federated-authentication among them")


def _beanstalk(resource: Resource) -> Iterator[Violation]:
    for setting in resource.props["settings"].items():
        with resource.isolate():
            if setting["name"].text() == "AssociatePublicIpAddress" and setting["value"].flag():
                yield violation(setting["value"], "true", "false")


def _job(resource: Resource) -> Iterator[Violation]:
    for name in JOB_DOCUMENTS:
        with resource.isolate():
            if not resource.props[name].present:
                continue
            document = resource.props[name].document()
            for one in (document, *document["taskProperties"].items()):
                value = one.along("networkConfiguration", "assignPublicIp")
                if (value.text() or "disabled").lower() not in _NO_ADDRESS:
                    yield violation(value, value.text() or "", "DISABLED")


def _session(resource: Resource) -> Iterator[Violation]:
    content = resource.props["content"]
    if resource.props["documentType"].text() != "Session":
        return
    kinds = SESSION_TYPE.findall(content.text() or "") if not content.is_object else [content["sessionType"].text()]
    if not kinds or not SESSIONS.issuperset(kinds):
        yield violation(
            content, f"sessionType {', '.join(map(str, kinds)) or 'not found'}", " or ".join(sorted(SESSIONS))
        )


def _verified(resource: Resource) -> Iterator[Violation]:
    document = resource.props["policyDocument"]
    for scope, end in PERMIT.findall(document.text() or ""):
        if end and not re.search(r"principal\s*(?:==|in\b|is\b)", scope):
            yield violation(document, "permit for everybody", "a condition on the person (when { context... })")


def _peer(resource: Resource) -> Iterator[Violation]:
    account = resource.props[PEERS[resource.type]]
    ours = {one.text() for one in resource.settings["accounts"].items()}
    if account.text() and account.text() not in ours:
        yield violation(account, f"another account ({account.text()})", "an account that this policy lists as ours")


CHECKS: Final[Mapping[str, Callable[[Resource], Iterator[Violation]]]] = {
    CLIENT_VPN: _client_vpn,
    **dict.fromkeys(BEANSTALK, _beanstalk),
    JOB: _job,
    DOCUMENT: _session,
    **dict.fromkeys(VERIFIED, _verified),
    **dict.fromkeys(PEERS, _peer),
}


def _ways_in(resource: Resource) -> Iterator[Violation]:
    type_ = resource.type
    if type_ in CLOSED:
        yield violation(WHOLE, type_, CLOSED[type_])
    if switch := SWITCHES.get(type_):
        yield from resource.each(held(resource, [switch.path]), lambda value: switch.check(value, resource.props))
    for value in held(resource, [FILLED[type_]] if type_ in FILLED else []):
        with resource.isolate():
            if not value.items():
                yield violation(value, "nothing", NETWORK)
    for value in held(resource, [EMPTY[type_]] if type_ in EMPTY else []):
        with resource.isolate():
            if value.items():
                yield violation(value, "public addresses", "none")
    if check := CHECKS.get(type_):
        with resource.isolate():
            yield from check(resource)


WAYS_IN = Policy(
    id="no-other-way-in",
    requirement="VPN-MFA AWS-EGRESS",
    types=frozenset({*CLOSED, *SWITCHES, *FILLED, *EMPTY, *CHECKS}),
    level=MANDATORY,
    severity=CRITICAL,
    description="Nothing but the load balancers and the VPN leads from outside into a VPC.",
    fix="keep the service in private subnets, and reach it through the VPN or a load balancer",
    rule=_ways_in,
    settings={
        "accounts": {
            "type": "array",
            "items": {"type": "string", "pattern": "^[0-9]{12}$"},
            "default": [],
            "description": "Your other accounts, with which VPCs and transit gateways may be peered.",
        }
    },
)

POLICIES = (WAYS_IN,)
