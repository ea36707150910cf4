"""Route 53 Resolver's DNS firewall: domain lists, rule groups, rules, associations and fail-open settings.

moto has only resolver endpoints and rules; requests about those, and their tags, go on to it.
"""

from __future__ import annotations

import uuid
from typing import Any

from sandbox.emulator.call import Call, Operation, now, page
from sandbox.emulator.errors import AwsError, not_found
from sandbox.emulator.store import Record, Table

LISTS, GROUPS, RULES, ASSOCIATIONS = "domain-lists", "rule-groups", "rules", "associations"
CONFIGS = "configs"
RULE_MEMBERS = (
    "Name", "Priority", "Action", "BlockResponse", "BlockOverrideDomain", "BlockOverrideDnsType", "BlockOverrideTtl",
    "FirewallDomainRedirectionAction", "Qtype",
)  # fmt: skip


def create_domain_list(call: Call) -> dict[str, Any]:
    made = _make(call, LISTS, "rslvr-fdl", "firewall-domain-list", {"DomainCount": 0, "domains": []})
    return {"FirewallDomainList": made}


def get_domain_list(call: Call) -> dict[str, Any]:
    return {"FirewallDomainList": _found(call, LISTS, call["FirewallDomainListId"])}


def list_domain_lists(call: Call) -> dict[str, Any]:
    return _page(call, list(call.table(LISTS).values()), "FirewallDomainLists")


def update_domains(call: Call) -> dict[str, Any]:
    listed = _found(call, LISTS, call["FirewallDomainListId"])
    given = [_domain(name) for name in call["Domains"]]
    known = [] if call["Operation"] == "REPLACE" else listed["domains"]
    if call["Operation"] == "REMOVE":
        listed["domains"] = [name for name in known if name not in given]
    else:
        listed["domains"] = list(dict.fromkeys([*known, *given]))
    listed |= {"DomainCount": len(listed["domains"]), "ModificationTime": _time()}
    return {name: listed[name] for name in ("Id", "Name", "Status", "StatusMessage")}


def list_domains(call: Call) -> dict[str, Any]:
    return _page(call, _found(call, LISTS, call["FirewallDomainListId"])["domains"], "Domains")


def delete_domain_list(call: Call) -> dict[str, Any]:
    listed = _found(call, LISTS, call["FirewallDomainListId"])
    if any(rule["FirewallDomainListId"] == listed["Id"] for rule in call.table(RULES).values()):
        raise AwsError("ConflictException", f"The domain list {listed['Id']} is used by a firewall rule")
    del call.table(LISTS)[listed["Id"]]
    return {"FirewallDomainList": listed | {"Status": "DELETING"}}


def create_rule_group(call: Call) -> dict[str, Any]:
    own = {"RuleCount": 0, "OwnerId": call.account, "ShareStatus": "NOT_SHARED"}
    return {"FirewallRuleGroup": _make(call, GROUPS, "rslvr-frg", "firewall-rule-group", own)}


def get_rule_group(call: Call) -> dict[str, Any]:
    return {"FirewallRuleGroup": _found(call, GROUPS, call["FirewallRuleGroupId"])}


def list_rule_groups(call: Call) -> dict[str, Any]:
    return _page(call, list(call.table(GROUPS).values()), "FirewallRuleGroups")


def delete_rule_group(call: Call) -> dict[str, Any]:
    group = _found(call, GROUPS, call["FirewallRuleGroupId"])
    if any(each["FirewallRuleGroupId"] == group["Id"] for each in call.table(ASSOCIATIONS).values()):
        raise AwsError("ConflictException", f"The rule group {group['Id']} is associated with a VPC")
    if _rules(call, group["Id"]):
        raise AwsError("ConflictException", f"The rule group {group['Id']} has rules")
    del call.table(GROUPS)[group["Id"]]
    return {"FirewallRuleGroup": group | {"Status": "DELETING"}}


def create_rule(call: Call) -> dict[str, Any]:
    group = _found(call, GROUPS, call["FirewallRuleGroupId"])
    if not call.get("FirewallDomainListId"):
        raise AwsError("ValidationException", "A rule needs a domain list; the emulator knows no other kind of rule")
    listed = _found(call, LISTS, call["FirewallDomainListId"])
    if _key(call) in call.table(RULES):
        raise AwsError("ValidationException", f"A rule for {listed['Id']} exists in {group['Id']}")
    rule = {
        "FirewallRuleGroupId": group["Id"],
        "FirewallDomainListId": listed["Id"],
        "FirewallDomainRedirectionAction": "INSPECT_REDIRECTION_DOMAIN",
        "CreatorRequestId": call["CreatorRequestId"],
        "CreationTime": _time(),
        "ModificationTime": _time(),
        **_given(call, RULE_MEMBERS),
    }
    _check_rule(call, rule)
    call.table(RULES)[_key(call)] = rule
    group["RuleCount"] += 1
    return {"FirewallRule": rule}


def update_rule(call: Call) -> dict[str, Any]:
    rule = _rule(call)
    changed = {**rule, **_given(call, RULE_MEMBERS)}
    _check_rule(call, changed)
    rule |= {**changed, "ModificationTime": _time()}
    return {"FirewallRule": rule}


def list_rules(call: Call) -> dict[str, Any]:
    _found(call, GROUPS, call["FirewallRuleGroupId"])
    found = [
        rule
        for rule in _rules(call, call["FirewallRuleGroupId"])
        if all(call.get(name) in (None, rule[name]) for name in ("Priority", "Action"))
    ]
    return _page(call, sorted(found, key=lambda rule: rule["Priority"]), "FirewallRules")


def delete_rule(call: Call) -> dict[str, Any]:
    rule = _rule(call)
    del call.table(RULES)[_key(call)]
    _found(call, GROUPS, rule["FirewallRuleGroupId"])["RuleCount"] -= 1
    return {"FirewallRule": rule}


def associate(call: Call) -> dict[str, Any]:
    _found(call, GROUPS, call["FirewallRuleGroupId"])
    if call["VpcId"] not in call.moto("ec2").vpcs:
        raise not_found(f"The VPC '{call['VpcId']}' does not exist")
    for other in call.table(ASSOCIATIONS).values():
        if other["VpcId"] == call["VpcId"] and (
            other["FirewallRuleGroupId"] == call["FirewallRuleGroupId"] or other["Priority"] == call["Priority"]
        ):
            raise AwsError("ConflictException", f"{other['Id']} has the same rule group or priority in {call['VpcId']}")
    own = {
        "FirewallRuleGroupId": call["FirewallRuleGroupId"],
        "VpcId": call["VpcId"],
        "Priority": call["Priority"],
        "MutationProtection": call.get("MutationProtection") or "DISABLED",
    }
    made = _make(call, ASSOCIATIONS, "rslvr-frgassoc", "firewall-rule-group-association", own)
    return {"FirewallRuleGroupAssociation": made}


def get_association(call: Call) -> dict[str, Any]:
    return {"FirewallRuleGroupAssociation": _found(call, ASSOCIATIONS, call["FirewallRuleGroupAssociationId"])}


def list_associations(call: Call) -> dict[str, Any]:
    found = [
        each
        for each in call.table(ASSOCIATIONS).values()
        if all(call.get(name) in (None, each[name]) for name in ("FirewallRuleGroupId", "VpcId", "Priority", "Status"))
    ]
    return _page(call, found, "FirewallRuleGroupAssociations")


def update_association(call: Call) -> dict[str, Any]:
    association = _found(call, ASSOCIATIONS, call["FirewallRuleGroupAssociationId"])
    association |= {**_given(call, ("Priority", "MutationProtection", "Name")), "ModificationTime": _time()}
    return {"FirewallRuleGroupAssociation": association}


def disassociate(call: Call) -> dict[str, Any]:
    association = _found(call, ASSOCIATIONS, call["FirewallRuleGroupAssociationId"])
    if association["MutationProtection"] == "ENABLED":
        raise AwsError("ValidationException", f"{association['Id']} is protected against changes")
    del call.table(ASSOCIATIONS)[association["Id"]]
    return {"FirewallRuleGroupAssociation": association | {"Status": "DELETING"}}


def get_config(call: Call) -> dict[str, Any]:
    return {"FirewallConfig": _config(call)}


def update_config(call: Call) -> dict[str, Any]:
    config = _config(call)
    config["FirewallFailOpen"] = call["FirewallFailOpen"]
    return {"FirewallConfig": config}


def list_configs(call: Call) -> dict[str, Any]:
    return _page(call, list(call.table(CONFIGS).values()), "FirewallConfigs")


def tag_resource(call: Call) -> dict[str, Any] | None:
    if (resource := _tagged(call)) is None:
        return None
    resource["tags"].update({tag["Key"]: tag["Value"] for tag in call["Tags"]})
    return {}


def untag_resource(call: Call) -> dict[str, Any] | None:
    if (resource := _tagged(call)) is None:
        return None
    for key in call["TagKeys"]:
        resource["tags"].pop(key, None)
    return {}


def list_tags_for_resource(call: Call) -> dict[str, Any] | None:
    if (resource := _tagged(call)) is None:
        return None
    return _page(call, [{"Key": key, "Value": value} for key, value in resource["tags"].items()], "Tags")


def matches(specification: str, name: str) -> bool:
    """Whether a domain specification matches a name.

    An asterisk matches any number of labels: AWS's own templates allow `*.amazonaws.com` for all of its APIs, whose
    names are two labels longer. `*.example.org` does not match example.org itself. The Route 53 developer guide
    (Managing your own domain lists, read on 2026-11-28) documents the positions of an asterisk, and not its meaning.
    """
    name, specification = (each.rstrip(".").lower() for each in (name, specification))
    return specification in ("*", name) or (specification.startswith("*.") and name.endswith(specification[1:]))


def _make(call: Call, table: str, prefix: str, kind: str, own: Record) -> Record:
    id_ = f"{prefix}-{uuid.uuid4().hex[:17]}"
    call.table(table)[id_] = {
        "Id": id_,
        "Arn": call.arn("route53resolver", f"{kind}/{id_}"),
        "Name": call["Name"],
        "Status": "COMPLETE",
        "StatusMessage": "Finished",
        "CreatorRequestId": call["CreatorRequestId"],
        "CreationTime": _time(),
        "ModificationTime": _time(),
        "tags": {tag["Key"]: tag["Value"] for tag in call.get("Tags") or []},
        **own,
    }
    return call.table(table)[id_]


def _found(call: Call, table: str, id_: str) -> Record:
    found = call.table(table).get(id_)
    if found is None:
        raise not_found(f"[RSLVR-02000] The resource {id_} does not exist")
    return found


def _rules(call: Call, group_id: str) -> list[Record]:
    return [rule for rule in call.table(RULES).values() if rule["FirewallRuleGroupId"] == group_id]


def _key(call: Call) -> str:
    return "/".join((call["FirewallRuleGroupId"], call.get("FirewallDomainListId") or "", call.get("Qtype") or ""))


def _rule(call: Call) -> Record:
    return _found(call, RULES, _key(call))


def _check_rule(call: Call, rule: Record) -> None:
    if (rule["Action"] == "BLOCK") != bool(rule.get("BlockResponse")):
        raise AwsError("ValidationException", "BlockResponse is required for the action BLOCK, and only for it")
    if (rule.get("BlockResponse") == "OVERRIDE") != bool(rule.get("BlockOverrideDomain")):
        raise AwsError(
            "ValidationException", "BlockOverrideDomain is required for the response OVERRIDE, and only for it"
        )
    for other in _rules(call, rule["FirewallRuleGroupId"]):
        same_rule = other["FirewallDomainListId"] == rule["FirewallDomainListId"]
        if other["Priority"] == rule["Priority"] and not same_rule:
            raise AwsError("ValidationException", f"The priority {rule['Priority']} is taken in the rule group")


def _config(call: Call) -> Record:
    vpc_id = call["ResourceId"]
    if vpc_id not in call.moto("ec2").vpcs:
        raise not_found(f"The VPC '{vpc_id}' does not exist")
    made = {
        "Id": f"rslvr-fc-{vpc_id[4:]}",
        "ResourceId": vpc_id,
        "OwnerId": call.account,
        "FirewallFailOpen": "DISABLED",
    }
    return call.table(CONFIGS).setdefault(vpc_id, made)


def _tagged(call: Call) -> Record | None:
    """The firewall resource of the ARN; None if it is not one of the firewall's."""
    tables: list[Table] = [call.table(name) for name in (LISTS, GROUPS, ASSOCIATIONS)]
    return next((each for table in tables for each in table.values() if each["Arn"] == call["ResourceArn"]), None)


def _domain(name: str) -> str:
    return name if name == "*" else f"{name.rstrip('.')}."


def _given(call: Call, names: tuple[str, ...]) -> Record:
    return {name: call[name] for name in names if call.get(name) is not None}


def _page(call: Call, items: list[Any], member: str) -> dict[str, Any]:
    return page(call, items, member, "MaxResults", "NextToken")


def _time() -> str:
    return now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")


OPERATIONS: dict[str, Operation] = {
    "CreateFirewallDomainList": create_domain_list,
    "GetFirewallDomainList": get_domain_list,
    "ListFirewallDomainLists": list_domain_lists,
    "UpdateFirewallDomains": update_domains,
    "ListFirewallDomains": list_domains,
    "DeleteFirewallDomainList": delete_domain_list,
    "CreateFirewallRuleGroup": create_rule_group,
    "GetFirewallRuleGroup": get_rule_group,
    "ListFirewallRuleGroups": list_rule_groups,
    "DeleteFirewallRuleGroup": delete_rule_group,
    "CreateFirewallRule": create_rule,
    "UpdateFirewallRule": update_rule,
    "ListFirewallRules": list_rules,
    "DeleteFirewallRule": delete_rule,
    "AssociateFirewallRuleGroup": associate,
    "GetFirewallRuleGroupAssociation": get_association,
    "ListFirewallRuleGroupAssociations": list_associations,
    "UpdateFirewallRuleGroupAssociation": update_association,
    "DisassociateFirewallRuleGroup": disassociate,
    "GetFirewallConfig": get_config,
    "UpdateFirewallConfig": update_config,
    "ListFirewallConfigs": list_configs,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags_for_resource,
}
