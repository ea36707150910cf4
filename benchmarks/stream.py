"""A stream of resources as a large organisation's stacks have them: many teams, in AWS and in Kubernetes.

Every team has the same set of things, spelt as the engine spells them, and every tenth team a network of its own; so a
stream of twice the length has twice of everything, and what grows faster than the stream is seen. Most of it complies,
some does not, as in life.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

TEAMS_PER_NETWORK: Final = 10
ZONES: Final = ("eu-central-1a", "eu-central-1b", "eu-central-1c")
ACCOUNT: Final = "123456789012"
KEY: Final = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/6f0c1f6e-2d5e-4d59-9d0a-6f1a2b3c4d5e"
DIGEST: Final = "@sha256:" + "0" * 64
URN: Final = "urn:pulumi:prod::shop::"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A resource as the engine sends it."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    depends_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Property -> URNs."""

    @property
    def urn(self) -> str:
        """Its URN."""
        return f"{URN}{self.type}::{self.name}"


def stream(count: int) -> list[Sent]:
    """The first resources of the stream."""
    return list(itertools.islice(_endless(), count))


def _endless() -> Iterator[Sent]:
    for number in itertools.count():
        if number % TEAMS_PER_NETWORK == 0:
            yield from _network(number // TEAMS_PER_NETWORK)
        yield from _of_aws(number)
        yield from _of_kubernetes(number)


def _aws(type_: str, name: str, inputs: Mapping[str, Any], **depends_on: tuple[str, ...]) -> Sent:
    tags = {"team": name.split("-", maxsplit=1)[0], "environment": "production", "cost-center": "4711"}
    inputs = {**inputs, "tags": tags}
    service, kind = type_.split(":")[1].split("/", maxsplit=1)[0], type_.rpartition(":")[2]
    known = {
        "id": f"{kind.lower()}-{name}",
        "arn": f"arn:aws:{service}:eu-central-1:{ACCOUNT}:{kind.lower()}/{name}",
        "tagsAll": tags,
        "region": "eu-central-1",
    }
    return Sent(type=type_, name=name, inputs=inputs, outputs={**known, **inputs}, depends_on=depends_on)


def _id(kind: str, name: str) -> str:
    return f"{kind}-{name}"


def _network(number: int) -> Iterator[Sent]:
    name = f"net{number}"
    vpc, table = _id("vpc", name), _id("routetable", name)
    yield _aws("aws:ec2/vpc:Vpc", name, {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True})
    yield _aws("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", name, {"vpcId": vpc, "ingress": [], "egress": []})
    yield _aws("aws:ec2/flowLog:FlowLog", name, {"vpcId": vpc, "trafficType": "ALL", "logDestinationType": "s3"})
    yield _aws("aws:ec2/internetGateway:InternetGateway", name, {"vpcId": vpc})
    yield _aws("aws:ec2/routeTable:RouteTable", name, {"vpcId": vpc})
    route = {"routeTableId": table, "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": _id("natgateway", name)}
    yield _aws("aws:ec2/route:Route", name, route)
    for zone in ZONES:
        subnet = f"{name}-{zone[-1]}"
        where = {"vpcId": vpc, "cidrBlock": "10.0.0.0/20", "availabilityZone": zone, "mapPublicIpOnLaunch": False}
        yield _aws("aws:ec2/subnet:Subnet", subnet, where)
        joined = {"subnetId": _id("subnet", subnet), "routeTableId": table}
        yield _aws("aws:ec2/routeTableAssociation:RouteTableAssociation", subnet, joined)
    yield _aws("aws:ec2/natGateway:NatGateway", name, {"subnetId": _id("subnet", f"{name}-a"), "allocationId": "eip-1"})


def _document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _of_aws(number: int) -> Iterator[Sent]:
    name, net = f"team{number}", f"net{number // TEAMS_PER_NETWORK}"
    vpc, subnets = _id("vpc", net), [_id("subnet", f"{net}-{zone[-1]}") for zone in ZONES]
    bucket = f"{name}-data-{ACCOUNT}"
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    rights = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::{bucket}/*"}
    tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    group = _id("securitygroup", name)
    open_to = "0.0.0.0/0" if number % TEAMS_PER_NETWORK == 3 else "10.0.0.0/16"
    yield _aws("aws:iam/role:Role", name, {"assumeRolePolicy": _document(trust), "maxSessionDuration": 3600})
    yield _aws("aws:iam/rolePolicy:RolePolicy", name, {"role": name, "policy": _document(rights)})
    attached = {"role": name, "policyArn": "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"}
    yield _aws("aws:iam/rolePolicyAttachment:RolePolicyAttachment", name, attached)
    yield _aws("aws:s3/bucket:Bucket", name, {"bucket": bucket, "forceDestroy": False})
    closed = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)
    yield _aws("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", name, {"bucket": bucket, **closed})
    yield _aws("aws:s3/bucketPolicy:BucketPolicy", name, {"bucket": bucket, "policy": _document(tls)})
    yield _aws("aws:kms/key:Key", name, {"description": name, "enableKeyRotation": True, "deletionWindowInDays": 30})
    logs = {"name": f"/aws/lambda/{name}", "retentionInDays": 90, "kmsKeyId": KEY}
    yield _aws("aws:cloudwatch/logGroup:LogGroup", name, logs)
    yield _aws("aws:ec2/securityGroup:SecurityGroup", name, {"vpcId": vpc, "description": f"Web of {name}"})
    for port in (443, 8443):
        rule = {"securityGroupId": group, "ipProtocol": "tcp", "fromPort": port, "toPort": port, "cidrIpv4": open_to}
        described = {**rule, "description": "Clients"}
        yield _aws("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", f"{name}-{port}", described)
    function = {
        "handler": "index.handler",
        "runtime": "python3.13",
        "role": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "memorySize": 512,
        "timeout": 30,
        "environment": {"variables": {"TABLE": name, "BUCKET": bucket, "LOG_LEVEL": "info"}},
        "vpcConfig": {"subnetIds": subnets, "securityGroupIds": [group]},
    }
    yield _aws("aws:lambda/function:Function", name, function)
    template = {
        "imageId": "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
        "instanceType": "m7g.large",
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1, "httpEndpoint": "enabled"},
        "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": "true", "volumeSize": 40}}],
        "userData": "IyEvYmluL2Jhc2gKc2V0IC1ldQpkbmYgaW5zdGFsbCAteSBuZ2lueApzeXN0ZW1jdGwgZW5hYmxlIC0tbm93IG5naW54Cg==",
        "vpcSecurityGroupIds": [group],
    }
    yield _aws("aws:ec2/launchTemplate:LaunchTemplate", name, template)
    database = {
        "engine": "postgres",
        "instanceClass": "db.m7g.large",
        "allocatedStorage": 100,
        "storageEncrypted": number % TEAMS_PER_NETWORK != 7,
        "kmsKeyId": KEY,
        "publiclyAccessible": False,
        "vpcSecurityGroupIds": [group],
        "backupRetentionPeriod": 14,
    }
    yield _aws("aws:rds/instance:Instance", name, database)
    table = {"hashKey": "id", "billingMode": "PAY_PER_REQUEST", "attributes": [{"name": "id", "type": "S"}]}
    yield _aws("aws:dynamodb/table:Table", name, table)
    yield _aws("aws:sqs/queue:Queue", name, {"name": name, "kmsMasterKeyId": KEY, "messageRetentionSeconds": 345600})
    yield _aws("aws:sns/topic:Topic", name, {"name": name, "kmsMasterKeyId": KEY})
    alarm = {"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 2, "threshold": 10, "period": 60}
    yield _aws("aws:cloudwatch/metricAlarm:MetricAlarm", name, alarm)
    record = {"zoneId": "Z1", "name": f"{name}.example.org", "type": "CNAME", "records": ["lb.example.org"], "ttl": 60}
    yield _aws("aws:route53/record:Record", name, record, records=(f"{URN}aws:lb/loadBalancer:LoadBalancer::{name}",))
    yield _aws("aws:lb/loadBalancer:LoadBalancer", name, {"internal": True, "subnets": subnets})
    listener = {
        "loadBalancerArn": f"arn:aws:lb:eu-central-1:{ACCOUNT}:loadbalancer/{name}",
        "port": 443,
        "protocol": "HTTPS",
        "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "certificateArn": f"arn:aws:acm:eu-central-1:{ACCOUNT}:certificate/1",
        "defaultActions": [{"type": "forward", "targetGroupArn": "arn:aws:elasticloadbalancing:::targetgroup/x"}],
    }
    yield _aws("aws:lb/listener:Listener", name, listener)
    mutable = {"imageTagMutability": "IMMUTABLE", "imageScanningConfiguration": {"scanOnPush": True}}
    yield _aws("aws:ecr/repository:Repository", name, mutable)


def _kubernetes(group_version: str, kind: str, name: str, rest: Mapping[str, Any], namespace: str = "") -> Sent:
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "pulumi"}
    metadata = {"name": name, "labels": labels, **({"namespace": namespace} if namespace else {})}
    inputs = {"apiVersion": group_version, "kind": kind, "metadata": metadata, **rest}
    token = f"kubernetes:{group_version if '/' in group_version else f'core/{group_version}'}:{kind}"
    return Sent(type=token, name=f"{namespace}-{name}", inputs=inputs, outputs={"id": name, **inputs, "status": {}})


def _container(name: str, number: int) -> dict[str, Any]:
    probe = {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 10, "failureThreshold": 3}
    secret = {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": "database", "key": "url"}}}
    return {
        "name": name,
        "image": f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/team{number}/{name}{DIGEST}",
        "args": ["serve", "--listen=:8080"],
        "env": [secret, *({"name": f"SETTING_{index}", "value": f"value {index}"} for index in range(6))],
        "ports": [{"name": "http", "containerPort": 8080}],
        "livenessProbe": probe,
        "readinessProbe": probe,
        "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": number % 2 == 0,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}, {"name": "config", "mountPath": "/etc/app"}],
    }


def _template(name: str, number: int, *containers: str) -> dict[str, Any]:
    return {
        "metadata": {"labels": {"app": name}, "annotations": {"checksum/config": "0" * 64}},
        "spec": {
            "serviceAccountName": name,
            "automountServiceAccountToken": False,
            "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [_container(container, number) for container in containers],
            "volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "config", "configMap": {"name": name}}],
            "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone"}],
        },
    }


def _of_kubernetes(number: int) -> Iterator[Sent]:
    team = f"team{number}"
    enforced = {"metadata": {"name": team, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    yield _kubernetes("v1", "Namespace", team, enforced)
    deny = {"spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}}
    yield _kubernetes("networking.k8s.io/v1", "NetworkPolicy", "deny", deny, team)
    for name, containers in (("web", ("web", "proxy")), ("worker", ("worker",))):
        selector = {"matchLabels": {"app": name}}
        spec = {"replicas": 3, "selector": selector, "template": _template(name, number, *containers)}
        yield _kubernetes("apps/v1", "Deployment", name, {"spec": spec}, team)
        ports = [{"name": "http", "port": 80, "targetPort": "http"}]
        service = {"spec": {"type": "ClusterIP", "selector": {"app": name}, "ports": ports}}
        yield _kubernetes("v1", "Service", name, service, team)
        yield _kubernetes("v1", "ServiceAccount", name, {"automountServiceAccountToken": False}, team)
        settings = {"data": {f"setting-{index}": "a value of some length" for index in range(8)}}
        yield _kubernetes("v1", "ConfigMap", name, settings, team)
        budget = {"spec": {"minAvailable": 1, "selector": selector}}
        yield _kubernetes("policy/v1", "PodDisruptionBudget", name, budget, team)
        scaled = {"spec": {"minReplicas": 3, "maxReplicas": 12, "scaleTargetRef": {"kind": "Deployment", "name": name}}}
        yield _kubernetes("autoscaling/v2", "HorizontalPodAutoscaler", name, scaled, team)
    job = {"spec": {"template": _template("report", number, "report")}}
    yield _kubernetes("batch/v1", "CronJob", "report", {"spec": {"schedule": "5 4 * * *", "jobTemplate": job}}, team)
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch"]}]
    yield _kubernetes("rbac.authorization.k8s.io/v1", "Role", "reader", {"rules": rules}, team)
    binding = {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
        "subjects": [{"kind": "ServiceAccount", "name": "web", "namespace": team}],
    }
    yield _kubernetes("rbac.authorization.k8s.io/v1", "RoleBinding", "reader", binding, team)
    backend = {"service": {"name": "web", "port": {"name": "http"}}}
    paths = [{"path": "/", "pathType": "Prefix", "backend": backend}]
    rule = {"host": f"{team}.example.org", "http": {"paths": paths}}
    yield _kubernetes("networking.k8s.io/v1", "Ingress", "web", {"spec": {"rules": [rule]}}, team)
