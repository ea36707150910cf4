"""The same in other resources: inline or separate, under another type, in another package, in other scalars."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Final

from policies.kernel.cases import Item
from policies.rules.eks.resources import (
    ADDON,
    CLUSTER,
    ENTRY,
    NATIVE_ADDON,
    NATIVE_CLUSTER,
    NATIVE_ENTRY,
    NATIVE_NODE_GROUP,
    NODE_GROUP,
    name_of,
)
from tests.adversary.transformations.transformation import (
    NOT_APPLICABLE,
    Items,
    Transformation,
    mapped,
    of_aws,
    replaced,
)

OTHER_NAMES: Final = {
    "aws:lb/listener:Listener": "aws:alb/listener:Listener",
    "aws:lb/listenerRule:ListenerRule": "aws:alb/listenerRule:ListenerRule",
    "aws:s3/bucket:Bucket": "aws:s3/bucketV2:BucketV2",
    "aws:s3/bucketAcl:BucketAcl": "aws:s3/bucketAclV2:BucketAclV2",
    "aws:ec2/instance:Instance": "aws:ec2/spotInstanceRequest:SpotInstanceRequest",
    "aws:ec2/securityGroup:SecurityGroup": "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:ec2/networkAcl:NetworkAcl": "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
    "aws:opensearch/domain:Domain": "aws:elasticsearch/domain:Domain",
}
"""Type -> another with the same properties."""
NATIVE: Final = {
    CLUSTER: NATIVE_CLUSTER,
    ENTRY: NATIVE_ENTRY,
    NODE_GROUP: NATIVE_NODE_GROUP,
    ADDON: NATIVE_ADDON,
}
HOLDERS: Final = (
    {
        "aws:iam/policy:Policy": "policy",
        "aws:iam/rolePolicy:RolePolicy": "policy",
        "aws:iam/groupPolicy:GroupPolicy": "policy",
        "aws:iam/userPolicy:UserPolicy": "policy",
        "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": "inlinePolicy",
    },
    {
        "aws:s3/bucketPolicy:BucketPolicy": "policy",
        "aws:s3/bucket:Bucket": "policy",
        "aws:s3/bucketV2:BucketV2": "policy",
    },
    {"aws:kms/key:Key": "policy", "aws:kms/keyPolicy:KeyPolicy": "policy", "aws:kms/replicaKey:ReplicaKey": "policy"},
    {
        "aws:sqs/queuePolicy:QueuePolicy": "policy",
        "aws:sqs/queue:Queue": "policy",
        "aws:sns/topicPolicy:TopicPolicy": "policy",
        "aws:sns/topic:Topic": "policy",
        "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
        "aws:secretsmanager/secret:Secret": "policy",
        "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
        "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
        "aws:backup/vaultPolicy:VaultPolicy": "policy",
    },
)
"""Types that hold the same kind of IAM document, and where."""
MOST: Final = frozenset({"aws:sqs/queuePolicy:QueuePolicy", "aws:kms/key:Key"})
"""Where all cases have the document anyway."""
FAMILIES: Final = tuple(type_ for family in HOLDERS for type_ in family if type_ not in MOST)


def _other_name(item: Item) -> Items:
    type_ = OTHER_NAMES.get(item.type)
    return replaced(item, item.props, type_=type_) if type_ else NOT_APPLICABLE


def _held_by(target: str) -> Callable[[Item], Items]:
    """The document in another type that holds such documents."""

    def change(item: Item) -> Items:
        family = next((one for one in HOLDERS if item.type in one), {})
        place = family.get(item.type, "")
        if target not in family or item.type == target or place not in item.props:
            return NOT_APPLICABLE
        # Names and other parts of the resource are not what the document says.
        return replaced(item, {family[target]: item.props[place]}, type_=target)

    return change


def _inline_document(item: Item) -> Items:
    if item.type != "aws:iam/rolePolicy:RolePolicy" or item.depends_on:
        return NOT_APPLICABLE
    return replaced(
        item, {"inlinePolicies": [{"name": "x", "policy": item.props.get("policy")}]}, type_="aws:iam/role:Role"
    )


def _texts(item: Item) -> Items:
    """Flags and numbers as text, which the providers convert."""

    def change(value: Any) -> Any:
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, int) else value

    # In a document they are a part of what it says.
    return (
        replaced(item, mapped(item.props, change))
        if of_aws(item) and not _holds_document(item.props)
        else NOT_APPLICABLE
    )


def _holds_document(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "Statement" in value or any(map(_holds_document, value.values()))
    return isinstance(value, list) and any(map(_holds_document, value))


def _with_nulls(item: Item) -> Items:
    """Nulls where nothing is given, as some languages send them."""
    return (
        (dataclasses.replace(item, props={"region": None, "nothing": None, **item.props}),)
        if of_aws(item)
        else NOT_APPLICABLE
    )


def _native(item: Item) -> Items:
    """What the package aws-native calls it: as CloudFormation does."""
    type_ = NATIVE.get(item.type)
    if type_ is None or not all(isinstance(item.props.get(key, {}), dict) for key in ("tags", "encryptionConfig")):
        return NOT_APPLICABLE
    props = {name_of(type_, key): value for key, value in item.props.items()}
    if "tags" in props:
        props["tags"] = [{"key": key, "value": value} for key, value in props["tags"].items()]
    if type_ == NATIVE_CLUSTER:
        if "encryptionConfig" in props:
            props["encryptionConfig"] = [props["encryptionConfig"]]
        logs = props.pop("enabledClusterLogTypes", None)
        if isinstance(logs, list):
            props["logging"] = {"clusterLogging": {"enabledTypes": [{"type": one} for one in logs]}}
        elif logs is not None:
            return NOT_APPLICABLE
    depends_on = {name_of(type_, key): names for key, names in item.depends_on.items()}
    return replaced(dataclasses.replace(item, depends_on=depends_on), props, type_=type_)


def _acl_rules(item: Item) -> Items:
    """The inline rules of a network ACL as NetworkAclRules."""
    if item.type != "aws:ec2/networkAcl:NetworkAcl":
        return NOT_APPLICABLE
    made = [
        dataclasses.replace(
            item, props={key: value for key, value in item.props.items() if key not in ("ingress", "egress")}
        )
    ]
    for way in ("ingress", "egress"):
        for place, one in enumerate(item.props.get(way) or []):
            if not isinstance(one, dict):
                return NOT_APPLICABLE
            names = {"action": "ruleAction", "ruleNo": "ruleNumber"}
            props = {names.get(str(key), str(key)): value for key, value in one.items()}
            made.append(
                Item(
                    type="aws:ec2/networkAclRule:NetworkAclRule",
                    name=f"{item.name}-{way}-{place}",
                    props={**props, "egress": way == "egress"},
                )
            )
    return tuple(made) if len(made) > 1 else NOT_APPLICABLE


def _routes(item: Item) -> Items:
    """The inline routes of a table as Routes."""
    routes = item.props.get("routes")
    if (
        item.type != "aws:ec2/routeTable:RouteTable"
        or not isinstance(routes, list)
        or not all(isinstance(one, dict) for one in routes)
        or not routes
    ):
        return NOT_APPLICABLE
    made = [dataclasses.replace(item, props={key: value for key, value in item.props.items() if key != "routes"})]
    names = {"cidrBlock": "destinationCidrBlock", "ipv6CidrBlock": "destinationIpv6CidrBlock"}
    for place, one in enumerate(routes):
        props = {"routeTableId": item.props.get("id"), **{names.get(key, key): value for key, value in one.items()}}
        made.append(
            Item(
                type="aws:ec2/route:Route",
                name=f"{item.name}-{place}",
                props=props,
                depends_on={"routeTableId": [item.name]},
            )
        )
    return tuple(made)


def _attached(item: Item) -> Items:
    """The managed policies that a role names as attachments."""
    arns = item.props.get("managedPolicyArns")
    if item.type != "aws:iam/role:Role" or not isinstance(arns, list) or not arns:
        return NOT_APPLICABLE
    made = [
        dataclasses.replace(item, props={key: value for key, value in item.props.items() if key != "managedPolicyArns"})
    ]
    for place, arn in enumerate(arns):
        props = {"role": item.props.get("name", item.name), "policyArn": arn}
        made.append(
            Item(
                type="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
                name=f"{item.name}-{place}",
                props=props,
                depends_on={"role": [item.name]},
            )
        )
    return tuple(made)


RESOURCES: Final = (
    Transformation(name="other_type", why="Both have the same properties.", change=_other_name),
    *(
        Transformation(
            name=f"document_in_{target.rpartition(':')[2]}",
            why="The document means the same wherever it is attached.",
            change=_held_by(target),
            alone=True,
        )
        for target in FAMILIES
    ),
    Transformation(name="document_inline", why="A role has its inline policies.", change=_inline_document, alone=True),
    Transformation(name="scalars_as_text", why="The provider converts them.", change=_texts),
    Transformation(name="nulls", why="null is nothing.", change=_with_nulls),
    Transformation(name="aws_native", why="The same API.", change=_native),
    Transformation(name="separate_acl_rules", why="An ACL has the rules that name it.", change=_acl_rules),
    Transformation(name="separate_routes", why="A table has the routes that name it.", change=_routes),
    Transformation(name="separate_attachments", why="A role has the policies attached to it.", change=_attached),
)
