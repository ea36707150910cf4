"""Cases of closed_world.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.kernel.policy import ROOT
from policies.kernel.resource import WHOLE
from policies.rules.pack.closed_world import CUSTOM_LISTED, PACKAGE_LISTED, SEEN, TYPE_LISTED

_TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"
_ECS: Final = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
_LIST: Final = "kubernetes:core/v1:List"
_APPLICATION: Final = "kubernetes:argoproj.io/v1alpha1:Application"
_WORKFLOW: Final = "kubernetes:argoproj.io/v1alpha1:Workflow"
_FOO: Final = "kubernetes:example.org/v1:Foo"


def _of(type_: str, props: dict[str, Any] | None = None, *, component: bool = False) -> Item:
    return Item(type=type_, props=props or {}, component=component)


def _list(api: str | None, kind: str | None) -> Item:
    return _of(_LIST, {"items": [{"apiVersion": api, "kind": kind, "metadata": {"name": "it"}}]})


_LISTED_AT: Final = "items[0].kind"

CASES: dict[str, tuple[Case, ...]] = {
    SEEN.id: (
        ok("judged", _of("aws:eks/cluster:Cluster")),
        ok("harmless", _of("aws:autoscaling/schedule:Schedule")),
        ok("judged_service_of_an_opaque_one", _of("aws:lightsail/database:Database")),
        ok("native_that_is_judged", _of("aws-native:eks:Cluster")),
        ok("event_to_a_topic", _of(_TARGET, {"arn": "arn:aws:sns:eu-central-1:123456789012:alarms"})),
        fail("native", _of("aws-native:ec2:SecurityGroup"), at=WHOLE),
        fail("native_of_another_service", _of("aws-native:connect:Instance"), at=WHOLE),
        fail("cloud_control_bridged", _of("awscc:index/ec2SecurityGroup:Ec2SecurityGroup"), at=WHOLE),
        fail("cloud_control", _of("aws:cloudcontrol/resource:Resource", {"typeName": "T"}), at=WHOLE),
        fail("template", _of("aws:cloudformation/stack:Stack", {"templateBody": "{}"}), at=WHOLE),
        fail("containers", _of("aws:ecs/taskDefinition:TaskDefinition"), at=WHOLE),
        fail("pods_on_fargate", _of("aws:eks/fargateProfile:FargateProfile"), at=WHOLE),
        fail("builds", _of("aws:codebuild/project:Project"), at=WHOLE),
        fail("commands_on_machines", _of("aws:ssm/association:Association"), at=WHOLE),
        fail("event_to_containers", _of(_TARGET, {"ecsTarget": {"taskDefinitionArn": "arn"}}), at="ecsTarget"),
        unknown("decided_later", _of(_TARGET, {"ecsTarget": UNKNOWN})),
    ),
    PACKAGE_LISTED.id: (
        ok("aws", _of("aws:eks/cluster:Cluster")),
        ok("component", _of("shop:web:Service", component=True)),
        ok("provider", _of("pulumi:providers:gcp")),
        ok("listed", _of("gcp:storage/bucket:Bucket"), settings={"packages": {"gcp": "DNS of mail, SEC-130"}}),
        fail("another_cloud", _of("gcp:storage/bucket:Bucket"), at=WHOLE),
        fail(
            "another_is_listed", _of("docker:index/container:Container"), at=WHOLE, settings={"packages": {"gcp": "x"}}
        ),
        fail("module_of_terraform", _of("vpc:tf:aws_security_group"), at=WHOLE),
        fail("helm_bridged", _of("helm:index/release:Release"), at=WHOLE),
    ),
    TYPE_LISTED.id: (
        ok("judged", _of("aws:ec2/vpc:Vpc")),
        ok("harmless", _of("aws:kms/alias:Alias")),
        ok("stack", _of(ROOT)),
        ok("component", _of("eks:index:Cluster", component=True)),
        ok("listed", _of(_ECS), settings={"types": {_ECS: "hub of the network team, SEC-131"}}),
        ok("kind_of_kubernetes", _of("kubernetes:core/v1:ServiceAccount")),
        ok("list_of_what_is_judged", _list("v1", "Pod")),
        fail("way_into_a_vpc", _of(_ECS), at=WHOLE),
        fail("in_no_catalog", _of("aws:future/thing:Thing"), at=WHOLE),
        fail("former_name", _of("aws:elasticloadbalancingv2/listener:Listener"), at=WHOLE),
        fail("bridged", _of("aws:index/securityGroup:SecurityGroup"), at=WHOLE),
        fail("kubernetes_bridged", _of("kubernetes:index/pod:Pod"), at=WHOLE),
        fail("secret_in_its_id", _of("random:index/randomBytes:RandomBytes"), at=WHOLE),
        fail("in_a_list", _list("discovery.k8s.io/v1", "EndpointSlice"), at=_LISTED_AT),
        unknown("in_a_list_later", _list("v1", UNKNOWN)),
    ),
    CUSTOM_LISTED.id: (
        ok("in_the_catalog", _of("kubernetes:cert-manager.io/v1:Certificate")),
        ok("describes_pods", _of("kubernetes:argoproj.io/v1alpha1:Rollout")),
        ok("listed", _of(_FOO), settings={"customGroups": {"example.org": "our own operator, SEC-132"}}),
        fail("patch_of_pods_as_text", _of(_WORKFLOW, {"spec": {"podSpecPatch": "{}"}}), at=WHOLE),
        fail("of_an_unknown_group", _of(_FOO), at=WHOLE),
        fail("another_is_listed", _of(_APPLICATION), at=WHOLE, settings={"customGroups": {"example.org": "x"}}),
        fail("deploys_a_repository", _of(_APPLICATION), at=WHOLE),
        fail("makes_aws_resources", _of("kubernetes:ec2.services.k8s.aws/v1alpha1:SecurityGroup"), at=WHOLE),
        fail("patched", _of(f"{_FOO}Patch"), at=WHOLE),
        fail("in_a_list", _list("helm.toolkit.fluxcd.io/v2", "HelmRelease"), at=_LISTED_AT),
        unknown("in_a_list_later", _list(UNKNOWN, "Foo")),
    ),
}
