"""How long AWS and Kubernetes typically take to make a thing, in seconds; what is not named takes a moment.

Rounded from providers' logs and AWS's own documents. They decide nothing but proportions: which of the slow things wait
for each other.
"""

from __future__ import annotations

from collections.abc import Mapping

MOMENT = 1.5
TYPICAL: Mapping[str, float] = {
    "aws:eks/cluster:Cluster": 540.0,
    "aws:rds/instance:Instance": 540.0,
    "aws:lb/loadBalancer:LoadBalancer": 150.0,
    "aws:eks/nodeGroup:NodeGroup": 150.0,
    "aws:ec2/natGateway:NatGateway": 100.0,
    "aws:ec2/vpcEndpoint:VpcEndpoint": 60.0,
    "aws:autoscaling/group:Group": 45.0,
    "aws:eks/addon:Addon": 30.0,
    "aws:iam/instanceProfile:InstanceProfile": 10.0,
    "aws:ec2/vpc:Vpc": 12.0,
    "aws:ec2/internetGateway:InternetGateway": 5.0,
    "aws:ec2/subnet:Subnet": 5.0,
    "aws:kms/key:Key": 8.0,
    "aws:guardduty/detector:Detector": 5.0,
    "aws:cloudtrail/trail:Trail": 5.0,
    "aws:s3/bucket:Bucket": 4.0,
    "kubernetes:apps/v1:Deployment": 45.0,
    "kubernetes:batch/v1:Job": 30.0,
}
LOCAL = ("palisade:", "pulumi:", "random:", "tls:")
"""Components, and values of the state: nobody is waited for."""
UNAVOIDABLE = (
    "aws:ec2/vpc:Vpc",
    "aws:ec2/subnet:Subnet",
    "aws:eks/cluster:Cluster",
    "aws:eks/nodeGroup:NodeGroup",
    "aws:eks/addon:Addon",
    "kubernetes:core/v1:Namespace",
    "kubernetes:apps/v1:Deployment",
    "kubernetes:batch/v1:Job",
    "kubernetes:apps/v1:Deployment",
    "aws:lb/listener:Listener",
)
"""What has to follow each other, whoever writes the program: a network, a control plane in it, nodes, their add-ons,
Deis's controller, its first administrator, and only then the router that lets anybody in."""


def seconds(type_: str) -> float:
    """How long one of a type takes."""
    return 0.0 if type_.startswith(LOCAL) else TYPICAL.get(type_, MOMENT)


def unavoidable() -> float:
    """How long it takes at least."""
    return sum(map(seconds, UNAVOIDABLE))
