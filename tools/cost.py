"""Write docs/cost.md from the resources that the program registers and docs/prices.toml: `python -m tools.cost`."""

from __future__ import annotations

import functools
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.engine.stack import ROOT
from sandbox.providers.mocks import Registered, Run
from tests.support.program.whole_program import program, temporary_aws

DEFAULT_IS: Final = "three zones, a NAT gateway in each, all endpoints, three nodes, Deis with a standby database"
SMALLEST_IS: Final = "two zones, one NAT gateway, no interface endpoints, two small nodes, Deis with a small database"
DOCUMENT: Final = ROOT / "docs" / "cost.md"
PRICES: Final[Mapping[str, Any]] = tomllib.loads((ROOT / "docs" / "prices.toml").read_text())
HOURS: Final = PRICES["hours_a_month"]
SMALLEST: Final[Mapping[str, Any]] = {
    "environment": "development",
    "account": {"manage": False},
    "network": {"zones": ["a", "b"], "nat": "single", "endpoints": []},
    "cluster": {
        "nodeGroups": [
            {
                "name": "general",
                "instanceTypes": ["t3.medium"],
                "minSize": 2,
                "desiredSize": 2,
                "maxSize": 3,
                "diskGib": 20,
            }
        ]
    },
    "deis": {"database": {"instanceClass": "db.t4g.micro", "multiAz": False}},
}
"""What a trial needs at the least; sections are laid over those of the example."""


@dataclass(frozen=True)
class Item:
    """A quantity of a resource, with its monthly unit price."""

    what: str
    count: float
    each: float

    @property
    def total(self) -> float:
        """Cost per month."""
        return self.count * self.each


Pricer = Callable[[Registered, Run], Iterator[Item]]


def _hourly(name: str) -> float:
    return PRICES["hourly"][name] * HOURS


def _flat(what: str, each: float) -> Pricer:
    def priced(_resource: Registered, _run: Run) -> Iterator[Item]:
        yield Item(what, 1, each)

    return priced


def _instances(template: Registered, kind: str, count: float, what: str) -> Iterator[Item]:
    """Instances of a launch template, with their volumes and their metrics."""
    yield Item(f"{what}: {kind}", count, PRICES["hourly"]["instances"][kind] * HOURS)
    disk = sum(int(each["ebs"]["volumeSize"]) for each in template.inputs["blockDeviceMappings"])
    yield Item("Volumes of instances, GiB", count * disk, PRICES["monthly"]["volume_gib"])
    if template.inputs["monitoring"]["enabled"]:
        yield Item("Detailed monitoring of instances", count, PRICES["monthly"]["detailed_monitoring"])


def _template_of(resource: Registered, run: Run) -> Registered:
    (urn,) = resource.request.propertyDependencies["launchTemplate"].urns
    return next(each for each in run.resources if each.urn == urn)


def _node_group(resource: Registered, run: Run) -> Iterator[Item]:
    template = _template_of(resource, run)
    kind = resource.inputs["instanceTypes"][0]
    yield from _instances(template, kind, resource.inputs["scalingConfig"]["desiredSize"], "Nodes")


def _bastion(resource: Registered, run: Run) -> Iterator[Item]:
    template = _template_of(resource, run)
    yield from _instances(template, template.inputs["instanceType"], resource.inputs["desiredCapacity"], "VPN bastion")


def _endpoint(resource: Registered, _run: Run) -> Iterator[Item]:
    if resource.inputs["vpcEndpointType"] == "Interface":
        zones = len(resource.inputs["subnetIds"])
        yield Item("Interface endpoints, services times zones", zones, _hourly("interface_endpoint_per_zone"))


def _balancer(resource: Registered, _run: Run) -> Iterator[Item]:
    yield Item("Network load balancer", 1, _hourly("network_load_balancer"))
    if not resource.inputs["internal"]:
        yield Item("Public IPv4 addresses", len(resource.inputs["subnets"]), _hourly("public_ipv4_address"))


def _database(resource: Registered, _run: Run) -> Iterator[Item]:
    zones, kind = 2 if resource.inputs["multiAz"] else 1, resource.inputs["instanceClass"]
    where = "two zones" if zones > 1 else "one zone"
    yield Item(f"Database: {kind}, {where}", zones, PRICES["hourly"]["databases"][kind] * HOURS)
    gib = zones * resource.inputs["allocatedStorage"]
    yield Item("Database storage, GiB", gib, PRICES["monthly"]["database_gib"])


def _nat_gateway(resource: Registered, _run: Run) -> Iterator[Item]:
    # A regional gateway is billed for each of its zones.
    zones = len(resource.inputs.get("availabilityZoneAddresses") or ["its own"])
    yield Item("NAT gateways", zones, _hourly("nat_gateway"))


def _counted(resource: Registered, _run: Run) -> Iterator[Item]:
    # A metric is billed for hours with values: without a default value, only when an event occurred.
    if resource.inputs["metricTransformation"].get("defaultValue"):
        yield Item("Metrics that always report", 1, PRICES["monthly"]["custom_metric"])


PRICED: Final[Mapping[str, Pricer]] = {
    "autoscaling/group:Group": _bastion,
    "cloudwatch/dashboard:Dashboard": _flat("Dashboard", PRICES["monthly"]["dashboard"]),
    "cloudwatch/logMetricFilter:LogMetricFilter": _counted,
    "cloudwatch/metricAlarm:MetricAlarm": _flat("Alarms", PRICES["monthly"]["alarm"]),
    "ec2/eip:Eip": _flat("Public IPv4 addresses", _hourly("public_ipv4_address")),
    "ec2/natGateway:NatGateway": _nat_gateway,
    "ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "eks/cluster:Cluster": _flat("Control plane, standard support", _hourly("cluster")),
    "eks/nodeGroup:NodeGroup": _node_group,
    "kms/key:Key": _flat("Keys", PRICES["monthly"]["key"]),
    "lb/loadBalancer:LoadBalancer": _balancer,
    "rds/instance:Instance": _database,
    "secretsmanager/secret:Secret": _flat("Secrets", PRICES["monthly"]["secret"]),
}
"""Resource type -> what it costs whether it is used or not."""

FREE: Final = frozenset({
    "accessanalyzer/analyzer:Analyzer", "autoscaling/attachment:Attachment", "cloudtrail/trail:Trail",
    "cloudwatch/eventRule:EventRule", "cloudwatch/eventTarget:EventTarget", "cloudwatch/logGroup:LogGroup",
    "ebs/encryptionByDefault:EncryptionByDefault",
    "ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess", "ec2/imageBlockPublicAccess:ImageBlockPublicAccess",
    "ec2/serialConsoleAccess:SerialConsoleAccess", "ssm/serviceSetting:ServiceSetting",
    "ec2/defaultRouteTable:DefaultRouteTable",
    "ec2/defaultSecurityGroup:DefaultSecurityGroup", "ec2/flowLog:FlowLog",
    "ec2/instanceMetadataDefaults:InstanceMetadataDefaults", "ec2/internetGateway:InternetGateway",
    "ec2/launchTemplate:LaunchTemplate", "ec2/route:Route", "ec2/routeTable:RouteTable",
    "ec2/routeTableAssociation:RouteTableAssociation", "ec2/securityGroup:SecurityGroup", "ec2/subnet:Subnet",
    "ec2/vpc:Vpc", "eks/accessEntry:AccessEntry", "eks/accessPolicyAssociation:AccessPolicyAssociation",
    "eks/addon:Addon", "guardduty/detector:Detector", "guardduty/detectorFeature:DetectorFeature",
    "iam/accessKey:AccessKey", "iam/accountPasswordPolicy:AccountPasswordPolicy", "iam/group:Group",
    "iam/groupPolicy:GroupPolicy", "iam/instanceProfile:InstanceProfile",
    "iam/openIdConnectProvider:OpenIdConnectProvider", "iam/role:Role", "iam/rolePolicy:RolePolicy",
    "iam/rolePolicyAttachment:RolePolicyAttachment", "iam/user:User", "iam/userGroupMembership:UserGroupMembership",
    "kms/alias:Alias", "lb/listener:Listener", "lb/targetGroup:TargetGroup",
    "rds/eventSubscription:EventSubscription",
    "rds/parameterGroup:ParameterGroup",
    "rds/subnetGroup:SubnetGroup", "s3/accountPublicAccessBlock:AccountPublicAccessBlock", "s3/bucket:Bucket",
    "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    "s3/bucketOwnershipControls:BucketOwnershipControls", "s3/bucketPolicy:BucketPolicy",
    "s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "s3/bucketVersioning:BucketVersioning", "secretsmanager/secretVersion:SecretVersion", "sns/topic:Topic",
    "sns/topicPolicy:TopicPolicy", "sns/topicSubscription:TopicSubscription",
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule", "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
})  # fmt: skip
"""Types that cost nothing by themselves, at most by what goes through them."""


def items(run: Run) -> list[Item]:
    """The stack's fixed monthly cost, the most expensive items first.

    Raises:
        KeyError: a resource type without a defined cost, or a price that is not in docs/prices.toml.
    """
    found: dict[tuple[str, float], float] = {}
    for resource in run.resources:
        kind = resource.type.removeprefix("aws:")
        if not resource.type.startswith("aws:") or kind in FREE:
            continue
        for item in PRICED[kind](resource, run):
            found[item.what, item.each] = found.get((item.what, item.each), 0) + item.count
    return sorted((Item(what, count, each) for (what, each), count in found.items()), key=lambda item: -item.total)


def example(**changes: Any) -> dict[str, Any]:
    """The examples' sections, of both layers, with overrides."""
    config: dict[str, Any] = {}
    for name in ("example", "example-platform"):
        config |= yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text())["config"]
    sections = {key.removeprefix("palisade:"): value for key, value in config.items() if key.startswith("palisade:")}
    del sections["foundation"]
    for key, value in {"layer": "all", **changes}.items():
        sections[key] = {**sections[key], **value} if isinstance(value, dict) and key in sections else value
    return sections


def described(**changes: Any) -> Run:
    """A preview of the example with changes, on a temporary AWS."""
    return _described(json.dumps(example(**changes)))


@functools.cache
def _described(sections: str) -> Run:
    with temporary_aws():
        return program(preview=True, **json.loads(sections))


def _table(found: list[Item]) -> str:
    lines = ["| what | how many | each | a month |", "|---|---:|---:|---:|"]
    lines += [f"| {item.what} | {item.count:g} | {item.each:.6g} | {item.total:,.2f} |" for item in found]
    return "\n".join([*lines, f"| **together** | | | **{sum(item.total for item in found):,.2f}** |"]) + "\n"


def _use() -> list[Item]:
    return [Item(f"{use['what']}, {use['unit']}", use["assumed"], use["price"]) for use in PRICES["use"]]


def document() -> str:
    """The content of docs/cost.md."""
    default, smallest = items(described()), items(described(**SMALLEST))
    extended = (PRICES["hourly"]["cluster_in_extended_support"] - PRICES["hourly"]["cluster"]) * HOURS
    totals = [sum(item.total for item in found) for found in (default, smallest, _use())]
    laid_over = yaml.safe_dump({f"palisade:{key}": value for key, value in SMALLEST.items()}, sort_keys=False)
    return f"""# What it costs

Made by `make docs` from the resources that the program registers and from AWS's list prices in
[prices.toml](prices.toml): {PRICES["region"]}, {PRICES["currency"]}, as of {PRICES["as_of"]}, {HOURS} hours a month,
without tax, free tiers, discounts or reservations. The numbers are written by hand: compare them with the pages
that the file names before a budget rests on them. Other regions have other prices, most of them higher: put yours
into that file.

| stack | a month |
|---|---:|
| default: {DEFAULT_IS} | {totals[0]:,.2f} |
| smallest: {SMALLEST_IS} | {totals[1]:,.2f} |
| besides, in either: use as assumed below | {totals[2]:,.2f} |

A cluster whose Kubernetes version is in extended support costs {extended:,.2f} a month more. The component asks EKS for
standard support only, which upgrades it instead.

## Default

`Pulumi.example.yaml` and `Pulumi.example-platform.yaml`.

{_table(default)}
## Smallest

The same with these sections, not for production: one zone's failure can cut it off, and everything goes out through
one NAT gateway.

```yaml
{laid_over}```

{_table(smallest)}
## Use

What depends on traffic and logs. The amounts are assumptions for a quiet cluster, not measured.

{_table(_use())}
## Where to save

- Interface endpoints: `network.endpoints` names those that you want. What is left out goes through the NAT gateways,
  which keeps working and costs by the gigabyte.
- `network.nat: single` outside production. `regional` costs what `zone` does: AWS bills it for each zone.
- `capacity: SPOT` for node groups that may be interrupted.
"""


if __name__ == "__main__":
    Path(DOCUMENT).write_text(document())
