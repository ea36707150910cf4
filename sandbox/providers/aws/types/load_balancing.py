"""Load balancers, their listeners and targets."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from sandbox.providers.aws.client import Aws, tag_list, tag_map
from sandbox.providers.aws.kind import Kind, Properties
from sandbox.providers.values import contains_unknown


def retag(aws: Aws, arn: str, new: Properties, old: Properties) -> None:
    """Replace the tags of a load balancing resource."""
    before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
    if gone := [name for name in before if name not in after]:
        aws.call("elbv2", "remove_tags", ResourceArns=[arn], TagKeys=gone)
    aws.call("elbv2", "add_tags", ResourceArns=[arn], Tags=tag_list(after))


def tags_of(aws: Aws, arn: str) -> dict[str, str]:
    """The tags in AWS's response."""
    return tag_map(aws.find("elbv2", "describe_tags", "TagDescriptions[0].Tags", ResourceArns=[arn]))


class LoadBalancer(Kind):
    """An application or network load balancer; its ID is its ARN."""

    token = "aws:lb/loadBalancer:LoadBalancer"
    attributes = {
        "enableDeletionProtection": "deletion_protection.enabled",
        "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled",
    }
    accepts = {
        "name", "namePrefix", "internal", "loadBalancerType", "ipAddressType", "subnets", "securityGroups",
        "enforceSecurityGroupInboundRulesOnPrivateLinkTraffic", *attributes,
    }  # fmt: skip
    replaces = {"name", "namePrefix", "internal", "loadBalancerType"}
    auto_name = "name"

    def forcing(self, old: Properties, new: Properties, changed: Set[str]) -> Set[str]:
        """A network load balancer can gain subnets but not lose any, and has security groups from creation or never."""
        forced = changed & self.replaces
        if new.get("loadBalancerType") == "network":
            before, after = (each.get("subnets") or [] for each in (old, new))
            if "subnets" in changed and not contains_unknown(after) and len(after) <= len(before):
                forced |= {"subnets"}
            if "securityGroups" in changed and not (old.get("securityGroups") and new.get("securityGroups")):
                forced |= {"securityGroups"}
        return forced

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            "elbv2", "create_load_balancer", Name=inputs["name"], Type=inputs.get("loadBalancerType") or "application",
            Scheme="internal" if inputs.get("internal") else "internet-facing", Subnets=inputs.get("subnets"),
            SecurityGroups=inputs.get("securityGroups"), IpAddressType=inputs.get("ipAddressType"),
            Tags=tag_list(inputs.get("tagsAll")),
        )  # fmt: skip
        arn = made["LoadBalancers"][0]["LoadBalancerArn"]
        self._attributes(aws, arn, inputs)
        return arn

    def _attributes(self, aws: Aws, arn: str, inputs: Properties) -> None:
        wanted = [{"Key": wire, "Value": str(bool(inputs.get(name))).lower()} for name, wire in self.attributes.items()]
        aws.call("elbv2", "modify_load_balancer_attributes", LoadBalancerArn=arn, Attributes=wanted)

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("elbv2", "describe_load_balancers", "LoadBalancers[0]", LoadBalancerArns=[id_])
        if found is None:
            return None
        told = aws.call("elbv2", "describe_load_balancer_attributes", LoadBalancerArn=id_)["Attributes"]
        values = {each["Key"]: each["Value"] == "true" for each in told}
        return {
            "arn": id_,
            "arnSuffix": id_.partition(":loadbalancer/")[2],
            "dnsName": found["DNSName"],
            "name": found["LoadBalancerName"],
            "internal": found["Scheme"] == "internal",
            "vpcId": found["VpcId"],
            "zoneId": found["CanonicalHostedZoneId"],
            "loadBalancerType": found["Type"],
            **{name: values.get(wire, False) for name, wire in self.attributes.items()},
            "tags": tags_of(aws, id_),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if changed & self.attributes.keys():
            self._attributes(aws, id_, new)
        if "securityGroups" in changed:
            groups = new.get("securityGroups") or []
            aws.call("elbv2", "set_security_groups", LoadBalancerArn=id_, SecurityGroups=groups)
        if "subnets" in changed:
            aws.call("elbv2", "set_subnets", LoadBalancerArn=id_, Subnets=new["subnets"])
        if "tags" in changed:
            retag(aws, id_, new, old)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("elbv2", "delete_load_balancer", LoadBalancerArn=id_)


HEALTH = {
    "enabled": "HealthCheckEnabled",
    "protocol": "HealthCheckProtocol",
    "port": "HealthCheckPort",
    "path": "HealthCheckPath",
    "interval": "HealthCheckIntervalSeconds",
    "timeout": "HealthCheckTimeoutSeconds",
    "healthyThreshold": "HealthyThresholdCount",
    "unhealthyThreshold": "UnhealthyThresholdCount",
}


class TargetGroup(Kind):
    """A target group; its ID is its ARN."""

    token = "aws:lb/targetGroup:TargetGroup"
    attributes = {
        "proxyProtocolV2": "proxy_protocol_v2.enabled",
        "preserveClientIp": "preserve_client_ip.enabled",
        "connectionTermination": "deregistration_delay.connection_termination.enabled",
        "deregistrationDelay": "deregistration_delay.timeout_seconds",
    }
    accepts = {"name", "namePrefix", "port", "protocol", "targetType", "vpcId", "healthCheck", *attributes}
    replaces = {"name", "namePrefix", "port", "protocol", "targetType", "vpcId"}
    auto_name = "name"

    @staticmethod
    def _health(inputs: Properties) -> dict[str, Any]:
        given = inputs.get("healthCheck") or {}
        whole = {"interval", "timeout", "healthyThreshold", "unhealthyThreshold"}
        named = {HEALTH[key]: int(value) if key in whole else value for key, value in given.items() if key in HEALTH}
        if "matcher" in given:
            named["Matcher"] = {"HttpCode": given["matcher"]}
        if "HealthCheckPort" in named:
            named["HealthCheckPort"] = str(named["HealthCheckPort"])
        return named

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            "elbv2", "create_target_group", Name=inputs["name"], Port=int(inputs["port"]), Protocol=inputs["protocol"],
            VpcId=inputs["vpcId"], TargetType=inputs.get("targetType") or "instance", **self._health(inputs),
            Tags=tag_list(inputs.get("tagsAll")),
        )  # fmt: skip
        arn = made["TargetGroups"][0]["TargetGroupArn"]
        self._attributes(aws, arn, inputs)
        return arn

    def _attributes(self, aws: Aws, arn: str, inputs: Properties) -> None:
        wanted = [
            {"Key": wire, "Value": str(inputs[name]).lower()}
            for name, wire in self.attributes.items()
            if inputs.get(name) is not None
        ]
        if wanted:
            aws.call("elbv2", "modify_target_group_attributes", TargetGroupArn=arn, Attributes=wanted)

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("elbv2", "describe_target_groups", "TargetGroups[0]", TargetGroupArns=[id_])
        if found is None:
            return None
        return {
            "arn": id_,
            "arnSuffix": id_.rpartition(":")[2],
            "name": found["TargetGroupName"],
            "port": found["Port"],
            "protocol": found["Protocol"],
            "targetType": found["TargetType"],
            "vpcId": found["VpcId"],
            "loadBalancerArns": found.get("LoadBalancerArns") or [],
            "tags": tags_of(aws, id_),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if "healthCheck" in changed:
            aws.call("elbv2", "modify_target_group", TargetGroupArn=id_, **self._health(new))
        if changed & self.attributes.keys():
            self._attributes(aws, id_, new)
        if "tags" in changed:
            retag(aws, id_, new, old)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("elbv2", "delete_target_group", TargetGroupArn=id_)


class Listener(Kind):
    """A listener; its ID is its ARN."""

    token = "aws:lb/listener:Listener"
    accepts = {"loadBalancerArn", "port", "protocol", "defaultActions", "sslPolicy", "certificateArn", "alpnPolicy"}
    replaces = {"loadBalancerArn"}

    @staticmethod
    def _given(inputs: Properties) -> dict[str, Any]:
        actions = [
            {"Type": action["type"], "TargetGroupArn": action["targetGroupArn"]} for action in inputs["defaultActions"]
        ]
        certificate = inputs.get("certificateArn")
        return {
            "Port": int(inputs["port"]),
            "Protocol": inputs.get("protocol"),
            "DefaultActions": actions,
            "SslPolicy": inputs.get("sslPolicy"),
            "Certificates": [{"CertificateArn": certificate}] if certificate else None,
            "AlpnPolicy": [inputs["alpnPolicy"]] if inputs.get("alpnPolicy") else None,
        }

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            "elbv2", "create_listener", LoadBalancerArn=inputs["loadBalancerArn"], **self._given(inputs),
            Tags=tag_list(inputs.get("tagsAll")),
        )  # fmt: skip
        return made["Listeners"][0]["ListenerArn"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("elbv2", "describe_listeners", "Listeners[0]", ListenerArns=[id_])
        if found is None:
            return None
        return {
            "arn": id_,
            "loadBalancerArn": found["LoadBalancerArn"],
            "port": found["Port"],
            "protocol": found.get("Protocol"),
            "tags": tags_of(aws, id_),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if changed - {"tags"}:
            aws.call("elbv2", "modify_listener", ListenerArn=id_, **self._given(new))
        if "tags" in changed:
            retag(aws, id_, new, old)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("elbv2", "delete_listener", ListenerArn=id_)


KINDS = (LoadBalancer, TargetGroup, Listener)
