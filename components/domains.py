"""Host names that the parts of the platform resolve, and the public S3 buckets that they read (AWS-EGRESS).

DNS Firewall accepts a name, or `*.` and a name for everything below it, at any depth, without the name itself. The
firewall trusts redirections from an allowed name. Sources were read on 2026-11-28.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from components.context import AwsContext


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A domain specification of DNS Firewall. `{region}` and `{instances}` come from the context."""

    pattern: str
    why: str
    """Which actor resolves it, and for what."""
    source: str
    region: str = ""
    """Only for platforms in this region; empty: in all of the partition."""
    partition: str = ""
    """Only in this partition; empty: in all."""

    def resolved(self, context: AwsContext) -> str | None:
        """The specification for a region; None where it is not needed."""
        if self.region not in ("", context.region) or self.partition not in ("", context.partition):
            return None
        return self.pattern.format(region=context.region, instances=context.instance_domain)


AWS: Final = (
    Domain(
        pattern="*.{region}.amazonaws.com",
        why="everybody: regional APIs, ECR and its layers, S3, network load balancers (*.elb.{region}.amazonaws.com)",
        source="botocore, data/endpoints.json; elbv2 DescribeLoadBalancers, DNSName",
    ),
    Domain(
        pattern="*.{region}.api.aws",
        why="Pod Identity agent: eks-auth has no other name. Without it the CNI gets no rights and no node is ready",
        source="botocore, data/eks-auth/2023-11-26/endpoint-rule-set-1.json",
    ),
    Domain(
        pattern="*.{region}.eks.amazonaws.com",
        why="nodes, VPN clients: the cluster's API, <id>.<shard>.{region}.eks.amazonaws.com",
        source="EKS API reference, Cluster.endpoint",
    ),
    Domain(
        pattern="*.{region}.rds.amazonaws.com",
        why="Deis's controller: its database, <name>.<id>.{region}.rds.amazonaws.com",
        source="RDS user guide, Connecting to a DB instance",
    ),
    Domain(
        pattern="*.{region}.elb.amazonaws.com",
        why="pods: application load balancers; network ones are below {region}.amazonaws.com",
        source="ELB user guide, Application Load Balancers: DNS name",
    ),
    Domain(pattern="*.{instances}", why="everybody: the names of instances", source="VPC user guide, DHCP option sets"),
    Domain(pattern="*.in-addr.arpa", why="sshd, OpenVPN: names of addresses", source="RFC 1035, 3.5"),
    Domain(
        pattern="iam.amazonaws.com",
        why="controllers: IAM has one endpoint a partition",
        source="botocore, data/endpoints.json",
        partition="aws",
    ),
    Domain(
        pattern="iam.us-gov.amazonaws.com",
        why="controllers: IAM has one endpoint a partition",
        source="botocore, data/endpoints.json",
        partition="aws-us-gov",
    ),
    Domain(
        pattern="sts.amazonaws.com",
        why="pods with old SDKs: the global endpoint of STS",
        source="EKS user guide, Configure the AWS STS endpoint",
        partition="aws",
    ),
    *(
        Domain(
            pattern=pattern,
            why="everybody in us-east-1: SDKs call S3 by its global endpoint there",
            source="botocore, data/endpoints.json",
            region="us-east-1",
        )
        for pattern in ("s3.amazonaws.com", "*.s3.amazonaws.com")
    ),
    Domain(
        pattern="328549459982.dkr.ecr.us-east-1.amazonaws.com",
        why="Bottlerocket in a region that its release does not know: images of its host containers",
        source="bottlerocket-core-kit, sources/api/schnauzer/src/helpers/mod.rs, ECR_FALLBACK_REGION",
        partition="aws",
    ),
    Domain(
        pattern="prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com",
        why="Bottlerocket in a region that its release does not know: layers of these images",
        source="ECR user guide, Amazon S3 bucket for ECR layers",
        partition="aws",
    ),
)
"""What every network of the platform resolves, besides what its parts add."""


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A public S3 bucket. The S3 gateway endpoint catches it in its own region, where its policy must name it."""

    name: str
    """`{region}` is filled in from the context."""
    why: str
    source: str
    region: str = ""
    """Where the bucket is; empty: one in each region, read from there."""

    def is_in(self, region: str) -> bool:
        """Whether requests to the bucket from this region pass the S3 gateway endpoint."""
        return self.region in ("", region)

    def hosts(self) -> Iterator[str]:
        """The names under which clients reach a bucket of one region."""
        yield f"{self.name}.s3.{self.region}.amazonaws.com"
        yield f"{self.name}.s3.dualstack.{self.region}.amazonaws.com"
        # The global endpoint serves us-east-1 and redirects for the other regions.
        yield f"{self.name}.s3.amazonaws.com"


_ENDPOINT_GUIDE: Final = "Systems Manager user guide, SSM Agent communications with AWS managed S3 buckets"
_REGISTRY: Final = "kubernetes/registry.k8s.io, cmd/archeio/internal/app/buckets.go"

NODE_BUCKETS: Final = (
    Bucket(
        name="prod-{region}-starport-layer-bucket",
        why="nodes: layers of ECR images",
        source="ECR user guide, Amazon S3 gateway endpoint",
    ),
    Bucket(name="prod-registry-k8s-io-{region}", why="nodes: layers of registry.k8s.io", source=_REGISTRY),
    Bucket(
        name="767373bbdcb8270361b96548387bf2a9ad0d48758c35-eu-west-2",
        region="eu-west-2",
        why="nodes: layers of registry.k8s.io, whose bucket there has a name of its own",
        source=_REGISTRY,
    ),
    Bucket(
        name="al2023-repos-{region}-de612dc2",
        why="nodes: packages of Amazon Linux 2023",
        source="Amazon Linux 2023 user guide, Managing repositories",
    ),
    *(
        Bucket(name=name, why="nodes: the SSM agent, its packages, documents and baselines", source=_ENDPOINT_GUIDE)
        for name in (
            "amazon-ssm-{region}",
            "amazon-ssm-packages-{region}",
            "aws-ssm-{region}",
            "aws-ssm-document-attachments-{region}",
            "patch-baseline-snapshot-{region}",
            "{region}-birdwatcher-prod",
        )
    ),
    Bucket(
        name="docker-images-prod",
        region="us-east-1",
        why="nodes: layers of Docker Hub, which redirects clients inside AWS to it",
        source="docker/hub-feedback#1318; aws-samples/aws-blockchain-node-runners#3",
    ),
)
"""What nodes read."""

BUILDPACK_BUCKETS: Final = tuple(
    Bucket(name=name, region="us-east-1", why=f"Deis's slugbuilder: {what}", source=source)
    for name, what, source in (
        ("buildpack-registry", "other buildpacks", "heroku-buildpack-ruby v226, v264"),
        ("codon-buildpacks", "other buildpacks", "heroku-buildpack-scala v90"),
        ("heroku-buildpack-python", "Python", "heroku-buildpack-python, bin/compile"),
        ("heroku-buildpack-ruby", "Ruby", "heroku-buildpack-ruby v226, v264"),
        ("heroku-golang-prod", "Go", "heroku-buildpack-go v153, v183"),
        ("heroku-nodebin", "Node.js and Yarn", "heroku-buildpack-nodejs v233; heroku-buildpack-ruby v226"),
        ("lang-common", "functions of all buildpacks", "heroku-buildpack-php v191"),
        ("lang-jvm", "the JDK, Maven and sbt", "heroku-buildpack-java v69; heroku-buildpack-scala v96"),
        ("lang-php", "PHP and its extensions", "heroku-buildpack-php v191, v243"),
    )
)
"""What the buildpacks of slugbuilder v2.8.0 and v2.8.1 (rootfs/builder/install-buildpacks) download."""

PUBLIC_BUCKETS: Final = (*NODE_BUCKETS, *BUILDPACK_BUCKETS)
"""Buckets of others that may be read through the S3 gateway endpoint."""

BUILDPACK_DOMAINS: Final = (
    *sorted(host for bucket in BUILDPACK_BUCKETS for host in bucket.hosts()),
    # By path instead of by name: heroku-buildpack-ruby v226.
    "s3.amazonaws.com",
    "s3-external-1.amazonaws.com",
)
"""What the buildpacks need to resolve, but for the package registries of applications."""

REGISTRIES: Final[Mapping[str, tuple[str, ...]]] = {
    # docs.docker.com, Allowlist for Docker Desktop, and NODE_BUCKETS.
    "docker.io": (
        "auth.docker.io",
        "docker-images-prod.6aa30f8b08e16409b46e0173d6de2f56.r2.cloudflarestorage.com",
        "docker-images-prod.s3.amazonaws.com",
        "docker-images-prod.s3.dualstack.us-east-1.amazonaws.com",
        "docker-images-prod.s3.us-east-1.amazonaws.com",
        "production.cloudflare.docker.com",
        "production.cloudfront.docker.com",
        "registry-1.docker.io",
    ),
    # docker/sbx-releases#525, from the EKS Anywhere user guide.
    "public.ecr.aws": ("public.ecr.aws", "d2glxqk2uabbnd.cloudfront.net", "d5l0dvt14r5h8.cloudfront.net"),
}
"""Registry as images name it -> the hosts that a client of it connects to."""


def registry_domains(hostname: str) -> tuple[str, ...]:
    """Domains that nodes resolve to pull from a registry, without its port; for an unknown registry, its host."""
    host = hostname.partition(":")[0]
    return REGISTRIES.get(host, (host,))
