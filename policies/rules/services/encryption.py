"""Policies about encryption at rest and in transit of managed services (INH-4, TLS-INT)."""

from __future__ import annotations

from typing import Final

from policies.kernel.policy import ADVISORY, LOW, MEDIUM, Policy
from policies.kernel.value import Value
from policies.rules.data.databases import DB_CLUSTER, INSTANCE
from policies.rules.data.registries import REPOSITORY
from policies.rules.services.settings import Setting, Table, lacks, rule
from policies.rules.tls.edge import SEARCHES

QUEUE: Final = "aws:sqs/queue:Queue"
TOPIC: Final = "aws:sns/topic:Topic"
CACHE: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
DELIVERY: Final = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
ACCELERATOR: Final = "aws:dax/cluster:Cluster"


def _of_engine(props: Value) -> str:
    """ElastiCache encrypts by default if the engine is Valkey."""
    return "true" if (props["engine"].text() or "").lower() == "valkey" else "false"


AT_REST_TABLE: Final[Table] = {
    # SQS encrypts new queues with a key of its own unless configured otherwise (since October 2022).
    QUEUE: (Setting(path="sqsManagedSseEnabled", default="true", applies=lacks("kmsMasterKeyId")),),
    TOPIC: (Setting(path="kmsMasterKeyId", allowed=()),),
    CACHE: (Setting(path="atRestEncryptionEnabled", default=_of_engine, applies=lacks("globalReplicationGroupId")),),
    "aws:kinesis/stream:Stream": (Setting(path="encryptionType", allowed=("kms",), default="none"),),
    DELIVERY: (
        # Data in a Kinesis or MSK stream is encrypted there.
        Setting(
            path="serverSideEncryption.enabled",
            default="false",
            applies=lacks("kinesisSourceConfiguration", "mskSourceConfiguration"),
        ),
    ),
    ACCELERATOR: (Setting(path="serverSideEncryption.enabled", default="false"),),
    **dict.fromkeys(SEARCHES, (Setting(path="encryptAtRest.enabled", default="false"),)),
}
AT_REST = Policy(
    id="at-rest-encrypted",
    requirement="INH-4",
    types=frozenset(AT_REST_TABLE),
    level=ADVISORY,
    severity=MEDIUM,
    description="Queues, topics, caches, streams and search domains encrypt what they keep.",
    fix="switch the service's encryption on, with kmsKeyId of a key of yours where it takes one",
    rule=rule(AT_REST_TABLE),
)

IN_TRANSIT_TABLE: Final[Table] = {
    CACHE: (Setting(path="transitEncryptionEnabled", default=_of_engine, applies=lacks("globalReplicationGroupId")),),
    "aws:memorydb/cluster:Cluster": (Setting(path="tlsEnabled", default="true"),),
    "aws:msk/cluster:Cluster": (
        Setting(path="encryptionInfo.encryptionInTransit.clientBroker", allowed=("tls",), default="tls"),
        Setting(path="encryptionInfo.encryptionInTransit.inCluster", default="true"),
    ),
    "aws:mskconnect/connector:Connector": (
        Setting(path="kafkaClusterEncryptionInTransit.encryptionType", allowed=("tls",), default="plaintext"),
    ),
    "aws:rds/proxy:Proxy": (Setting(path="requireTls", default="false"),),
    ACCELERATOR: (Setting(path="clusterEndpointEncryptionType", allowed=("tls",), default="none"),),
    **dict.fromkeys(SEARCHES, (Setting(path="nodeToNodeEncryption.enabled", default="false"),)),
}
IN_TRANSIT = Policy(
    id="in-transit-encrypted",
    requirement="TLS-INT",
    types=frozenset(IN_TRANSIT_TABLE),
    level=ADVISORY,
    severity=MEDIUM,
    description="Caches, brokers, search domains and database proxies speak TLS with clients and with each other.",
    fix="switch the service's encryption in transit on, and have clients use TLS",
    rule=rule(IN_TRANSIT_TABLE),
)


AWS_KEYS: Final = tuple(f"alias/aws/{name}" for name in ("sns", "sqs", "ebs", "rds", "s3", "secretsmanager"))
BUCKET_KEYS: Final = tuple(
    f"aws:s3/bucketServerSideEncryptionConfiguration{v}:BucketServerSideEncryptionConfiguration{v}" for v in ("", "V2")
)


def _own(path: str = "kmsKeyId", *without: str) -> tuple[Setting, ...]:
    return (Setting(path=path, allowed=(), refused=AWS_KEYS, applies=lacks(*without)),)


KEYS_TABLE: Final[Table] = {
    TOPIC: _own("kmsMasterKeyId"),
    QUEUE: _own("kmsMasterKeyId"),
    REPOSITORY: (Setting(path="encryptionConfigurations", holds=("KMS",), of="encryptionType"),),
    **dict.fromkeys(
        BUCKET_KEYS, (Setting(path="rules", holds=(), of="applyServerSideEncryptionByDefault.kmsMasterKeyId"),)
    ),
    INSTANCE: _own("kmsKeyId", "replicateSourceDb"),
    **dict.fromkeys(
        (
            "aws:ebs/volume:Volume",
            "aws:efs/fileSystem:FileSystem",
            DB_CLUSTER,
            "aws:docdb/cluster:Cluster",
            "aws:secretsmanager/secret:Secret",
        ),
        _own(),
    ),
    "aws:neptune/cluster:Cluster": _own("kmsKeyArn"),
    "aws:dynamodb/table:Table": _own("serverSideEncryption.kmsKeyArn"),
}
KEYS = Policy(
    id="customer-keys",
    requirement="INH-4",
    types=frozenset(KEYS_TABLE),
    level=ADVISORY,
    severity=LOW,
    description="Data is encrypted with keys of ours, whose policies and whose use we see.",
    fix="name a key of yours in kmsKeyId, or in what the service calls it",
    rule=rule(KEYS_TABLE),
)

POLICIES = (AT_REST, IN_TRANSIT, KEYS)
