"""The DNS firewall of the VPC's resolver."""

from __future__ import annotations

import uuid
from collections.abc import Set
from typing import Any

from sandbox.providers.aws.client import Aws, tag_list, tag_map
from sandbox.providers.aws.kind import Kind, Properties

SERVICE = "route53resolver"


def retag(aws: Aws, arn: str, new: Properties, old: Properties) -> None:
    """Replace the tags of a resolver resource."""
    before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
    if gone := [name for name in before if name not in after]:
        aws.call(SERVICE, "untag_resource", ResourceArn=arn, TagKeys=gone)
    aws.call(SERVICE, "tag_resource", ResourceArn=arn, Tags=tag_list(after))


def tags_of(aws: Aws, arn: str) -> dict[str, str]:
    """The tags in AWS's response."""
    return tag_map(aws.call(SERVICE, "list_tags_for_resource", ResourceArn=arn)["Tags"])


def request() -> str:
    """The token with which AWS recognises a repeated request."""
    return str(uuid.uuid4())


class DomainList(Kind):
    """Domains."""

    token = "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList"
    accepts = {"name", "domains"}
    replaces = {"name"}
    auto_name = "name"

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            SERVICE, "create_firewall_domain_list", Name=inputs["name"], CreatorRequestId=request(),
            Tags=tag_list(inputs.get("tagsAll")),
        )  # fmt: skip
        id_ = made["FirewallDomainList"]["Id"]
        self._domains(aws, id_, inputs)
        return id_

    @staticmethod
    def _domains(aws: Aws, id_: str, inputs: Properties) -> None:
        domains = inputs.get("domains") or []
        aws.call(
            SERVICE, "update_firewall_domains", FirewallDomainListId=id_, Operation="REPLACE", Domains=domains
        )  # fmt: skip

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        path = "FirewallDomainList"
        found = aws.find(SERVICE, "get_firewall_domain_list", path, FirewallDomainListId=id_)
        if found is None:
            return None
        domains = aws.call(SERVICE, "list_firewall_domains", FirewallDomainListId=id_)["Domains"]
        given = state.get("domains") or []
        # AWS adds the final dot to every domain.
        same = {domain.rstrip(".").lower() for domain in domains} == {each.rstrip(".").lower() for each in given}
        return {
            "arn": found["Arn"],
            "name": found["Name"],
            "domains": given if same else domains,
            "tags": tags_of(aws, found["Arn"]),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if "domains" in changed:
            self._domains(aws, id_, new)
        if "tags" in changed:
            retag(aws, old["arn"], new, old)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call(SERVICE, "delete_firewall_domain_list", FirewallDomainListId=id_)


class RuleGroup(Kind):
    """Rules, in the order of their priorities."""

    token = "aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup"
    accepts = {"name"}
    replaces = {"name"}
    auto_name = "name"

    def create(self, aws: Aws, inputs: Properties) -> str:
        made = aws.call(
            SERVICE, "create_firewall_rule_group", Name=inputs["name"], CreatorRequestId=request(),
            Tags=tag_list(inputs.get("tagsAll")),
        )  # fmt: skip
        return made["FirewallRuleGroup"]["Id"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find(SERVICE, "get_firewall_rule_group", "FirewallRuleGroup", FirewallRuleGroupId=id_)
        if found is None:
            return None
        arn = found["Arn"]
        return {"arn": arn, "name": found["Name"], "ownerId": found["OwnerId"], "tags": tags_of(aws, arn)}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        retag(aws, old["arn"], new, old)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call(SERVICE, "delete_firewall_rule_group", FirewallRuleGroupId=id_)


class Rule(Kind):
    """The action for the domains of a list; its ID is `<group>:<list>`."""

    token = "aws:route53/resolverFirewallRule:ResolverFirewallRule"
    accepts = {
        "name", "action", "blockResponse", "firewallDomainListId", "firewallRuleGroupId",
        "firewallDomainRedirectionAction",
        "priority",
    }  # fmt: skip
    replaces = {"firewallDomainListId", "firewallRuleGroupId"}
    auto_name = "name"
    taggable = False

    @staticmethod
    def _key(id_: str) -> dict[str, str]:
        group, _, listed = id_.partition(":")
        return {"FirewallRuleGroupId": group, "FirewallDomainListId": listed}

    def _given(self, aws: Aws, operation: str, inputs: Properties) -> dict[str, Any]:
        return aws.shaped(SERVICE, operation, {key: inputs.get(key) for key in self.accepts})

    def create(self, aws: Aws, inputs: Properties) -> str:
        given = self._given(aws, "create_firewall_rule", inputs)
        aws.call(SERVICE, "create_firewall_rule", CreatorRequestId=request(), **given)
        return f"{inputs['firewallRuleGroupId']}:{inputs['firewallDomainListId']}"

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        key = self._key(id_)
        path = f"FirewallRules[?FirewallDomainListId=='{key['FirewallDomainListId']}'] | [0]"
        group = key["FirewallRuleGroupId"]
        found = aws.find(SERVICE, "list_firewall_rules", path, FirewallRuleGroupId=group)
        if found is None:
            return None
        return {"name": found["Name"], "action": found["Action"], "priority": found["Priority"]}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        aws.call(SERVICE, "update_firewall_rule", **self._given(aws, "update_firewall_rule", new))

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call(SERVICE, "delete_firewall_rule", **self._key(id_))


class Association(Kind):
    """The association of rules with a VPC."""

    token = "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation"
    accepts = {"name", "firewallRuleGroupId", "priority", "vpcId", "mutationProtection"}
    replaces = {"firewallRuleGroupId", "vpcId"}
    auto_name = "name"

    def create(self, aws: Aws, inputs: Properties) -> str:
        operation = "associate_firewall_rule_group"
        given = aws.shaped(SERVICE, operation, {key: inputs.get(key) for key in self.accepts})
        made = aws.call(SERVICE, operation, CreatorRequestId=request(), Tags=tag_list(inputs.get("tagsAll")), **given)
        return made["FirewallRuleGroupAssociation"]["Id"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        path = "FirewallRuleGroupAssociation"
        operation = "get_firewall_rule_group_association"
        found = aws.find(SERVICE, operation, path, FirewallRuleGroupAssociationId=id_)
        if found is None:
            return None
        return {
            "arn": found["Arn"],
            "name": found["Name"],
            "priority": found["Priority"],
            "vpcId": found["VpcId"],
            "firewallRuleGroupId": found["FirewallRuleGroupId"],
            "tags": tags_of(aws, found["Arn"]),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if changed - {"tags"}:
            given = {key: new.get(key) for key in ("name", "priority", "mutationProtection")}
            operation = "update_firewall_rule_group_association"
            aws.call(SERVICE, operation, FirewallRuleGroupAssociationId=id_, **aws.shaped(SERVICE, operation, given))
        if "tags" in changed:
            retag(aws, old["arn"], new, old)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call(SERVICE, "disassociate_firewall_rule_group", FirewallRuleGroupAssociationId=id_)


class Config(Kind):
    """The VPC's behaviour if the firewall does not respond."""

    token = "aws:route53/resolverFirewallConfig:ResolverFirewallConfig"
    accepts = {"resourceId", "firewallFailOpen"}
    replaces = {"resourceId"}
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        given = {"ResourceId": inputs["resourceId"], "FirewallFailOpen": inputs.get("firewallFailOpen") or "DISABLED"}
        aws.call(SERVICE, "update_firewall_config", **given)
        return inputs["resourceId"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find(SERVICE, "get_firewall_config", "FirewallConfig", ResourceId=id_)
        if found is None:
            return None
        return {"resourceId": id_, "firewallFailOpen": found["FirewallFailOpen"], "ownerId": found.get("OwnerId")}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        self.create(aws, new)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.gone(SERVICE, "update_firewall_config", ResourceId=id_, FirewallFailOpen="DISABLED")


KINDS = (DomainList, RuleGroup, Rule, Association, Config)
