"""Existing resources in the emulated AWS and on the API server, compared with the engine's state.

It counts the types that can be duplicated or orphaned. A part or a setting of such a resource (a bucket's policy, a
role's attachment, a route) is not counted separately: PARTS names these types, so that no type is omitted silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jmespath

from sandbox.engine.identities import DESCRIPTION
from sandbox.providers.kubernetes.checkpoint import kind_of
from tests.engine.conftest import Sandbox

KEYS = "kms"


@dataclass(frozen=True)
class Listing:
    """The listing of all resources of a type: a JMESPath selects their IDs, as in the engine."""

    service: str
    operation: str
    path: str


LISTINGS: Mapping[str, Listing] = {
    "accessanalyzer/analyzer:Analyzer": Listing("accessanalyzer", "list_analyzers", "analyzers[].name"),
    "autoscaling/group:Group": Listing(
        "autoscaling",
        "describe_auto_scaling_groups",
        # EKS makes the groups of its node groups.
        "AutoScalingGroups[?!starts_with(AutoScalingGroupName, 'eks-')].AutoScalingGroupName",
    ),
    "cloudtrail/trail:Trail": Listing("cloudtrail", "describe_trails", "trailList[].TrailARN"),
    "cloudwatch/eventRule:EventRule": Listing("events", "list_rules", "Rules[].Name"),
    "cloudwatch/dashboard:Dashboard": Listing("cloudwatch", "list_dashboards", "DashboardEntries[].DashboardName"),
    "cloudwatch/logGroup:LogGroup": Listing("logs", "describe_log_groups", "logGroups[].logGroupName"),
    "cloudwatch/logMetricFilter:LogMetricFilter": Listing(
        "logs", "describe_metric_filters", "metricFilters[].filterName"
    ),
    "cloudwatch/metricAlarm:MetricAlarm": Listing("cloudwatch", "describe_alarms", "MetricAlarms[].AlarmName"),
    "ec2/eip:Eip": Listing("ec2", "describe_addresses", "Addresses[].AllocationId"),
    "ec2/flowLog:FlowLog": Listing("ec2", "describe_flow_logs", "FlowLogs[].FlowLogId"),
    "ec2/internetGateway:InternetGateway": Listing(
        "ec2", "describe_internet_gateways", "InternetGateways[].InternetGatewayId"
    ),
    "ec2/launchTemplate:LaunchTemplate": Listing(
        "ec2", "describe_launch_templates", "LaunchTemplates[].LaunchTemplateId"
    ),
    "ec2/natGateway:NatGateway": Listing("ec2", "describe_nat_gateways", "NatGateways[?State!='deleted'].NatGatewayId"),
    "ec2/routeTable:RouteTable": Listing(
        "ec2",
        "describe_route_tables",
        # The main table of every VPC and, without tags, the table that AWS makes for a regional NAT gateway.
        "RouteTables[?Tags[0] && !not_null(Associations[?Main]|[0])].RouteTableId",
    ),
    "ec2/securityGroup:SecurityGroup": Listing(
        "ec2",
        "describe_security_groups",
        # Those of every VPC, and the group that EKS makes for a cluster.
        "SecurityGroups[?GroupName!='default' && !starts_with(GroupName, 'eks-cluster-sg')].GroupId",
    ),
    "ec2/subnet:Subnet": Listing("ec2", "describe_subnets", "Subnets[?!DefaultForAz].SubnetId"),
    "ec2/vpc:Vpc": Listing("ec2", "describe_vpcs", "Vpcs[?!IsDefault].VpcId"),
    "ec2/vpcEndpoint:VpcEndpoint": Listing(
        "ec2", "describe_vpc_endpoints", "VpcEndpoints[?State!='deleted'].VpcEndpointId"
    ),
    "eks/cluster:Cluster": Listing("eks", "list_clusters", "clusters[]"),
    "guardduty/detector:Detector": Listing("guardduty", "list_detectors", "DetectorIds[]"),
    "iam/group:Group": Listing("iam", "list_groups", "Groups[].GroupName"),
    "iam/instanceProfile:InstanceProfile": Listing(
        "iam", "list_instance_profiles", "InstanceProfiles[].InstanceProfileName"
    ),
    "iam/openIdConnectProvider:OpenIdConnectProvider": Listing(
        "iam", "list_open_id_connect_providers", "OpenIDConnectProviderList[].Arn"
    ),
    "iam/role:Role": Listing(
        "iam",
        "list_roles",
        # The people's roles belong to the account and predate the stack.
        f"Roles[?!starts_with(Path, '/aws-service-role/') && Description!='{DESCRIPTION}'].RoleName",
    ),
    "iam/user:User": Listing("iam", "list_users", "Users[].UserName"),
    "kms/alias:Alias": Listing(KEYS, "list_aliases", "Aliases[?!starts_with(AliasName, 'alias/aws/')].AliasName"),
    "kms/key:Key": Listing(KEYS, "list_keys", "Keys[].KeyId"),
    "lb/loadBalancer:LoadBalancer": Listing("elbv2", "describe_load_balancers", "LoadBalancers[].LoadBalancerArn"),
    "lb/targetGroup:TargetGroup": Listing("elbv2", "describe_target_groups", "TargetGroups[].TargetGroupArn"),
    "rds/eventSubscription:EventSubscription": Listing(
        "rds", "describe_event_subscriptions", "EventSubscriptionsList[].CustSubscriptionId"
    ),
    "rds/instance:Instance": Listing("rds", "describe_db_instances", "DBInstances[].DBInstanceIdentifier"),
    "rds/parameterGroup:ParameterGroup": Listing(
        "rds", "describe_db_parameter_groups", "DBParameterGroups[].DBParameterGroupName"
    ),
    "rds/subnetGroup:SubnetGroup": Listing("rds", "describe_db_subnet_groups", "DBSubnetGroups[].DBSubnetGroupName"),
    "s3/bucket:Bucket": Listing("s3", "list_buckets", "Buckets[].Name"),
    "secretsmanager/secret:Secret": Listing("secretsmanager", "list_secrets", "SecretList[].ARN"),
    "sns/topic:Topic": Listing("sns", "list_topics", "Topics[].TopicArn"),
    "sns/topicSubscription:TopicSubscription": Listing("sns", "list_subscriptions", "Subscriptions[].SubscriptionArn"),
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule": Listing(
        "ec2", "describe_security_group_rules", "SecurityGroupRules[?IsEgress].[GroupId, SecurityGroupRuleId]"
    ),
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule": Listing(
        "ec2", "describe_security_group_rules", "SecurityGroupRules[?!IsEgress].[GroupId, SecurityGroupRuleId]"
    ),
}


@dataclass(frozen=True)
class Children(Listing):
    """The listing of resources within each resource of another type."""

    parent: str
    parameter: str
    """Names the parent in the request."""
    qualified: bool = False
    """Whether the engine's ID is `parent:name`."""


CLUSTERS = ("eks/cluster:Cluster", "clusterName", True)
CHILDREN: Mapping[str, Children] = {
    "eks/addon:Addon": Children("eks", "list_addons", "addons[]", *CLUSTERS),
    "eks/accessEntry:AccessEntry": Children("eks", "list_access_entries", "accessEntries[]", *CLUSTERS),
    "eks/nodeGroup:NodeGroup": Children("eks", "list_nodegroups", "nodegroups[]", *CLUSTERS),
    "iam/accessKey:AccessKey": Children(
        "iam", "list_access_keys", "AccessKeyMetadata[].AccessKeyId", "iam/user:User", "UserName"
    ),
    # Their generated names differ each time they are created.
    "iam/groupPolicy:GroupPolicy": Children(
        "iam", "list_group_policies", "PolicyNames[]", "iam/group:Group", "GroupName", qualified=True
    ),
    "iam/rolePolicy:RolePolicy": Children(
        "iam", "list_role_policies", "PolicyNames[]", "iam/role:Role", "RoleName", qualified=True
    ),
    "lb/listener:Listener": Children(
        "elbv2", "describe_listeners", "Listeners[].ListenerArn", "lb/loadBalancer:LoadBalancer", "LoadBalancerArn"
    ),
}
PARTS = frozenset(
    {
        "autoscaling/attachment:Attachment", "cloudwatch/eventTarget:EventTarget",
        "ebs/encryptionByDefault:EncryptionByDefault",
        "ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess", "ec2/defaultRouteTable:DefaultRouteTable",
        "ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "ec2/imageBlockPublicAccess:ImageBlockPublicAccess", "ec2/instanceMetadataDefaults:InstanceMetadataDefaults",
        "ec2/route:Route", "ec2/routeTableAssociation:RouteTableAssociation",
        "ec2/serialConsoleAccess:SerialConsoleAccess",
        "eks/accessPolicyAssociation:AccessPolicyAssociation", "guardduty/detectorFeature:DetectorFeature",
        "iam/accountPasswordPolicy:AccountPasswordPolicy", "iam/rolePolicyAttachment:RolePolicyAttachment",
        "iam/userGroupMembership:UserGroupMembership",
        "s3/accountPublicAccessBlock:AccountPublicAccessBlock",
        "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        "s3/bucketOwnershipControls:BucketOwnershipControls", "s3/bucketPolicy:BucketPolicy",
        "s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "s3/bucketVersioning:BucketVersioning", "secretsmanager/secretVersion:SecretVersion",
        "sns/topicPolicy:TopicPolicy", "ssm/serviceSetting:ServiceSetting",
    }
)  # fmt: skip
"""Types that are a setting or a link of a thing that is counted: there is one, or none."""
APPLIED = "pulumi-kubernetes"
"""How the managers of the fields that the program sets begin: its creations have it, updates and patches a suffix."""

Census = Mapping[str, frozenset[str]]


def of_aws(sandbox: Sandbox) -> Census:
    """Type -> the IDs of all resources in the emulated AWS."""
    found = {}
    for type_, listing in LISTINGS.items():
        listed = _pages(sandbox.aws(listing.service), listing.operation)
        ids = [each for page in listed for each in jmespath.search(listing.path, page) or []]
        if type_.startswith("vpc/"):
            groups = found["ec2/securityGroup:SecurityGroup"]
            ids = [rule for group, rule in ids if group in groups]
        elif type_ == "kms/key:Key":
            keys = sandbox.aws(KEYS)
            of_services = {alias["TargetKeyId"] for alias in keys.list_aliases()["Aliases"] if _of_a_service(alias)}
            metadata = [keys.describe_key(KeyId=each)["KeyMetadata"] for each in ids if each not in of_services]
            ids = [key["KeyId"] for key in metadata if key["KeyState"] != "PendingDeletion"]
        found[type_] = frozenset(ids)
    for type_, children in CHILDREN.items():
        client = sandbox.aws(children.service)
        found[type_] = frozenset(
            f"{parent}:{name}" if children.qualified else name
            for parent in found[children.parent]
            for page in _pages(client, children.operation, **{children.parameter: parent})
            for name in jmespath.search(children.path, page) or []
            if children.operation != "list_access_entries" or _of_a_person(client, parent, name)
        )
    return found


def _of_a_service(alias: Mapping[str, Any]) -> bool:
    return alias["AliasName"].startswith("alias/aws/")


def _of_a_person(eks: Any, cluster: str, principal: str) -> bool:
    """Whether an access entry is not one that EKS makes for its own node groups."""
    entry = eks.describe_access_entry(clusterName=cluster, principalArn=principal)["accessEntry"]
    return entry["type"] == "STANDARD"


def _pages(client: Any, operation: str, **asked: str) -> list[dict[str, Any]]:
    if client.can_paginate(operation):
        return list(client.get_paginator(operation).paginate(**asked))
    return [getattr(client, operation)(**asked)]


def of_kubernetes(sandbox: Sandbox) -> frozenset[str]:
    """`Kind namespace/name` of every object that the program created or patched on the API server."""
    api, found = sandbox.api, set()
    groups = [group["preferredVersion"]["groupVersion"] for group in api.request("GET", "/apis")["groups"]]
    for version in ("v1", *groups):
        base = "/api/v1" if version == "v1" else f"/apis/{version}"
        for resource in api.request("GET", base)["resources"]:
            if "list" not in resource["verbs"] or "/" in resource["name"]:
                continue
            for item in api.request("GET", f"{base}/{resource['name']}")["items"]:
                metadata = item["metadata"]
                managers = [field["manager"] for field in metadata.get("managedFields") or []]
                # A node belongs to the sandbox and has the same field manager.
                if any(manager.startswith(APPLIED) for manager in managers) and resource["kind"] != "Node":
                    found.add(_named(resource["kind"], metadata))
    return frozenset(found)


def _named(kind: str, metadata: Mapping[str, Any]) -> str:
    namespace = metadata.get("namespace")
    return f"{kind} {namespace}/{metadata['name']}" if namespace else f"{kind} {metadata['name']}"


def recorded(resources: list[dict[str, Any]]) -> tuple[Census, frozenset[str]]:
    """The same from the engine's state: AWS's and Kubernetes's resources."""
    aws: dict[str, set[str]] = {type_: set() for type_ in (*LISTINGS, *CHILDREN)}
    objects = set()
    for resource in resources:
        package, _, type_ = resource["type"].partition(":")
        if package == "aws" and type_ in aws:
            aws[type_].add(resource["id"])
        elif package == "kubernetes":
            objects.add(_named(kind_of(resource["type"]), resource["inputs"]["metadata"]))
    return {type_: frozenset(ids) for type_, ids in aws.items()}, frozenset(objects)


def unrecorded(sandbox: Sandbox, resources: list[dict[str, Any]]) -> dict[str, frozenset[str]]:
    """Type -> resources that exist and are not in the state: duplicated, or orphaned."""
    (aws, objects), live = recorded(resources), of_aws(sandbox)
    extra = {type_: live[type_] - aws[type_] for type_ in live}
    extra["kubernetes"] = of_kubernetes(sandbox) - objects
    return {type_: ids for type_, ids in extra.items() if ids}


def uncounted(resources: list[dict[str, Any]]) -> set[str]:
    """AWS's types that are neither counted nor in PARTS."""
    types = {resource["type"].removeprefix("aws:") for resource in resources if resource["type"].startswith("aws:")}
    return types - LISTINGS.keys() - CHILDREN.keys() - PARTS


def missing(sandbox: Sandbox, resources: list[dict[str, Any]]) -> dict[str, frozenset[str]]:
    """Type -> resources that are in the state and do not exist."""
    (aws, objects), live = recorded(resources), of_aws(sandbox)
    lost = {type_: aws[type_] - live[type_] for type_ in live}
    lost["kubernetes"] = objects - of_kubernetes(sandbox)
    return {type_: ids for type_, ids in lost.items() if ids}
