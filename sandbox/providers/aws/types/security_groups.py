"""Security groups and their rules, in both forms, and the default group."""

from __future__ import annotations

from collections.abc import Set
from typing import Any, ClassVar

from sandbox.providers.aws.client import Aws, tag_map
from sandbox.providers.aws.kind import Kind, Properties
from sandbox.providers.aws.types.vpc import Ec2Kind, retag, tagged

DIRECTIONS = ("ingress", "egress")


def permission(rule: Properties) -> dict[str, Any]:
    """An inline rule in EC2's format."""
    described = {"Description": rule["description"]} if rule.get("description") else {}
    made: dict[str, Any] = {"IpProtocol": str(rule["protocol"])}
    if str(rule["protocol"]) != "-1":
        made |= {"FromPort": int(rule["fromPort"]), "ToPort": int(rule["toPort"])}
    if rule.get("cidrBlocks"):
        made["IpRanges"] = [{"CidrIp": cidr, **described} for cidr in rule["cidrBlocks"]]
    if rule.get("ipv6CidrBlocks"):
        made["Ipv6Ranges"] = [{"CidrIpv6": cidr, **described} for cidr in rule["ipv6CidrBlocks"]]
    if rule.get("prefixListIds"):
        made["PrefixListIds"] = [{"PrefixListId": each, **described} for each in rule["prefixListIds"]]
    groups = [*(rule.get("securityGroups") or []), *([rule["self"]] if isinstance(rule.get("self"), str) else [])]
    if groups:
        made["UserIdGroupPairs"] = [{"GroupId": group, **described} for group in groups]
    return made


def _described(aws: Aws, id_: str) -> dict[str, Any] | None:
    return aws.find("ec2", "describe_security_groups", "SecurityGroups[0]", GroupIds=[id_])


def _properties(aws: Aws, group: dict[str, Any]) -> Properties:
    return {
        "arn": aws.arn("ec2", f"security-group/{group['GroupId']}"),
        "name": group["GroupName"],
        "description": group["Description"],
        "vpcId": group.get("VpcId"),
        "ownerId": group["OwnerId"],
        "tags": tag_map(group.get("Tags")),
    }


def empty(aws: Aws, id_: str) -> None:
    """Revoke every rule of a group, as the provider does when it adopts a default group."""
    group = _described(aws, id_) or {}
    if group.get("IpPermissions"):
        aws.call("ec2", "revoke_security_group_ingress", GroupId=id_, IpPermissions=group["IpPermissions"])
    if group.get("IpPermissionsEgress"):
        aws.call("ec2", "revoke_security_group_egress", GroupId=id_, IpPermissions=group["IpPermissionsEgress"])


class SecurityGroup(Ec2Kind):
    """A group, without EC2's default egress rule, which the real provider revokes."""

    token = "aws:ec2/securityGroup:SecurityGroup"
    accepts = {"name", "namePrefix", "description", "vpcId", "ingress", "egress", "revokeRulesOnDelete"}
    replaces = {"name", "namePrefix", "description", "vpcId"}
    auto_name = "name"

    def create(self, aws: Aws, inputs: Properties) -> str:
        name = inputs.get("name") or f"{inputs['namePrefix']}{abs(hash(inputs['namePrefix'])) % 10**7}"
        made = aws.call(
            "ec2", "create_security_group", GroupName=name, VpcId=inputs.get("vpcId"),
            Description=inputs.get("description") or "Managed by Pulumi", TagSpecifications=tagged("security-group",
            inputs),
        )  # fmt: skip
        id_ = made["GroupId"]
        empty(aws, id_)
        self._rules(aws, id_, inputs)
        return id_

    def _rules(self, aws: Aws, id_: str, inputs: Properties) -> None:
        for direction in DIRECTIONS:
            rules = [self._own(rule, id_) for rule in inputs.get(direction) or []]
            if rules:
                operation = f"authorize_security_group_{direction}"
                aws.call("ec2", operation, GroupId=id_, IpPermissions=[permission(rule) for rule in rules])

    @staticmethod
    def _own(rule: Properties, id_: str) -> Properties:
        return {**rule, "self": id_} if rule.get("self") is True else rule

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        group = _described(aws, id_)
        return group and _properties(aws, group)

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        super().update(aws, id_, new, changed, old)
        if changed & set(DIRECTIONS):
            empty(aws, id_)
            self._rules(aws, id_, new)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("ec2", "delete_security_group", GroupId=id_)


class DefaultSecurityGroup(Ec2Kind):
    """The VPC's default group, adopted without its rules."""

    token = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    accepts = {"vpcId", "ingress", "egress"}
    replaces = {"vpcId"}

    def check(self, inputs: Properties) -> list[str]:
        filled = [name for name in DIRECTIONS if inputs.get(name)]
        return [f"{name}: only an empty list is supported by the stand-in" for name in filled]

    def create(self, aws: Aws, inputs: Properties) -> str:
        filters = [{"Name": "vpc-id", "Values": [inputs["vpcId"]]}, {"Name": "group-name", "Values": ["default"]}]
        id_ = aws.find("ec2", "describe_security_groups", "SecurityGroups[0].GroupId", Filters=filters)
        empty(aws, id_)
        retag(aws, id_, inputs, {})
        return id_

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        group = _described(aws, id_)
        # Every rule is drift.
        return group and {
            **_properties(aws, group),
            "ingress": group["IpPermissions"],
            "egress": group["IpPermissionsEgress"],
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        super().update(aws, id_, new, changed, old)
        empty(aws, id_)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        """Do nothing: AWS deletes it with its VPC."""


class Rule(Kind):
    """A rule with one source or destination, and with its own ID and tags."""

    direction: ClassVar[str]
    accepts = {
        "securityGroupId", "ipProtocol", "fromPort", "toPort", "cidrIpv4", "cidrIpv6", "prefixListId",
        "referencedSecurityGroupId", "description",
    }  # fmt: skip
    replaces = {"securityGroupId"}

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            "ec2", f"authorize_security_group_{self.direction}", GroupId=inputs["securityGroupId"],
            IpPermissions=[_single(inputs)], TagSpecifications=tagged("security-group-rule", inputs),
        )  # fmt: skip
        return made["SecurityGroupRules"][0]["SecurityGroupRuleId"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        # moto does not filter rules by ID alone.
        filters = [{"Name": "group-id", "Values": [state["securityGroupId"]]}]
        rules = aws.find("ec2", "describe_security_group_rules", "SecurityGroupRules", Filters=filters) or []
        for rule in rules:
            if rule["SecurityGroupRuleId"] == id_:
                # moto drops the description of a rule about another group.
                described = {"description": rule["Description"]} if rule.get("Description") else {}
                return {
                    **described,
                    "arn": aws.arn("ec2", f"security-group-rule/{id_}"),
                    "securityGroupRuleId": id_,
                    "securityGroupId": rule["GroupId"],
                    "ipProtocol": rule["IpProtocol"],
                    **({} if rule["IpProtocol"] == "-1" else {"fromPort": rule["FromPort"], "toPort": rule["ToPort"]}),
                    "cidrIpv4": rule.get("CidrIpv4"),
                    "referencedSecurityGroupId": (rule.get("ReferencedGroupInfo") or {}).get("GroupId"),
                }
        return None

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if "tags" in changed:
            retag(aws, id_, new, old)
        if changed - {"tags"}:
            rule = {key: value for key, value in _flat(new).items() if value is not None}
            aws.call(
                "ec2", "modify_security_group_rules", GroupId=new["securityGroupId"],
                SecurityGroupRules=[{"SecurityGroupRuleId": id_, "SecurityGroupRule": rule}],
            )  # fmt: skip

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        operation = f"revoke_security_group_{self.direction}"
        aws.gone("ec2", operation, GroupId=state["securityGroupId"], SecurityGroupRuleIds=[id_])


def _single(inputs: Properties) -> dict[str, Any]:
    rule = {
        "protocol": inputs["ipProtocol"],
        "fromPort": inputs.get("fromPort", -1),
        "toPort": inputs.get("toPort", -1),
        "description": inputs.get("description"),
        "cidrBlocks": [inputs["cidrIpv4"]] if inputs.get("cidrIpv4") else [],
        "ipv6CidrBlocks": [inputs["cidrIpv6"]] if inputs.get("cidrIpv6") else [],
        "prefixListIds": [inputs["prefixListId"]] if inputs.get("prefixListId") else [],
        "securityGroups": [inputs["referencedSecurityGroupId"]] if inputs.get("referencedSecurityGroupId") else [],
    }
    return permission(rule)


def _flat(inputs: Properties) -> dict[str, Any]:
    return {
        "IpProtocol": inputs["ipProtocol"],
        "FromPort": inputs.get("fromPort"),
        "ToPort": inputs.get("toPort"),
        "CidrIpv4": inputs.get("cidrIpv4"),
        "CidrIpv6": inputs.get("cidrIpv6"),
        "ReferencedGroupId": inputs.get("referencedSecurityGroupId"),
        "Description": inputs.get("description"),
    }


class IngressRule(Rule):
    """An ingress rule."""

    token = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    direction = "ingress"


class EgressRule(Rule):
    """An egress rule."""

    token = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    direction = "egress"


KINDS = (SecurityGroup, DefaultSecurityGroup, IngressRule, EgressRule)
