"""Cases of encryption.py."""

from __future__ import annotations

from typing import Any

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.data.registries import REPOSITORY
from policies.rules.services.encryption import (
    ACCELERATOR,
    AT_REST,
    BUCKET_KEYS,
    CACHE,
    DELIVERY,
    IN_TRANSIT,
    KEYS,
    QUEUE,
    TOPIC,
)
from policies.rules.tls.edge import SEARCHES

_KEY = "arn:aws:kms:eu-central-1:123456789012:key/1"


def _cache(**props: Any) -> Item:
    return Item(type=CACHE, props={"description": "sessions", **props})


def _search(type_: str, **props: Any) -> Item:
    return Item(type=type_, props={"domainName": "logs", **props})


def _named(type_: str) -> str:
    return type_.split(":")[1].replace("/", "_")


def _brokers(**transit: Any) -> Item:
    props = {"clusterName": "events", "encryptionInfo": {"encryptionInTransit": transit}}
    return Item(type="aws:msk/cluster:Cluster", props=props)


def _repository(kind: str) -> Item:
    return Item(type=REPOSITORY, props={"encryptionConfigurations": [{"encryptionType": kind}]})


def _rules(default: dict[str, Any]) -> Item:
    props = {"bucket": "b", "rules": [{"applyServerSideEncryptionByDefault": default}]}
    return Item(type=BUCKET_KEYS[0], props=props)


CASES: dict[str, tuple[Case, ...]] = {
    AT_REST.id: (
        ok("topic_with_a_key", Item(type=TOPIC, props={"kmsMasterKeyId": _KEY})),
        ok("topic_with_a_key_decided_by_a_resource", Item(type=QUEUE, props={"kmsMasterKeyId": UNKNOWN})),
        ok("queue_by_default", Item(type=QUEUE, props={"name": "jobs"})),
        ok("valkey_by_default", _cache(engine="valkey")),
        ok("member_of_a_global_cache", _cache(globalReplicationGroupId="g")),
        ok("delivery_from_a_stream", Item(type=DELIVERY, props={"kinesisSourceConfiguration": {"roleArn": "r"}})),
        *(ok(_named(one), _search(one, encryptAtRest={"enabled": True})) for one in sorted(SEARCHES)),
        fail("topic_in_plain_text", Item(type=TOPIC, props={"name": "alerts"}), at="kmsMasterKeyId"),
        fail(
            "queue_switched_off",
            Item(type=QUEUE, props={"sqsManagedSseEnabled": False}),
            at="sqsManagedSseEnabled",
        ),
        fail("cache_by_default", _cache(), at="atRestEncryptionEnabled"),
        fail(
            "valkey_switched_off",
            _cache(engine="valkey", atRestEncryptionEnabled=False),
            at="atRestEncryptionEnabled",
        ),
        fail("stream", Item(type="aws:kinesis/stream:Stream", props={"name": "s"}), at="encryptionType"),
        fail("delivery", Item(type=DELIVERY, props={"name": "d"}), at="serverSideEncryption.enabled"),
        fail("accelerator", Item(type=ACCELERATOR, props={"nodeType": "n"}), at="serverSideEncryption.enabled"),
        *(fail(_named(one), _search(one), at="encryptAtRest.enabled") for one in sorted(SEARCHES)),
        unknown("decided_later", _cache(atRestEncryptionEnabled=UNKNOWN)),
        unknown("engine_decided_later", _cache(engine=UNKNOWN)),
    ),
    IN_TRANSIT.id: (
        ok("cache", _cache(transitEncryptionEnabled=True)),
        ok("brokers_by_default", _brokers()),
        ok("brokers", _brokers(clientBroker="TLS", inCluster=True)),
        ok("proxy", Item(type="aws:rds/proxy:Proxy", props={"requireTls": True})),
        fail("cache_by_default", _cache(), at="transitEncryptionEnabled"),
        fail(
            "memorydb",
            Item(type="aws:memorydb/cluster:Cluster", props={"tlsEnabled": False}),
            at="tlsEnabled",
        ),
        fail(
            "brokers_for_both",
            _brokers(clientBroker="TLS_PLAINTEXT"),
            at="encryptionInfo.encryptionInTransit.clientBroker",
        ),
        fail("brokers_among_themselves", _brokers(inCluster=False), at="encryptionInfo.encryptionInTransit.inCluster"),
        fail(
            "connector",
            Item(
                type="aws:mskconnect/connector:Connector",
                props={"kafkaClusterEncryptionInTransit": {"encryptionType": "PLAINTEXT"}},
            ),
            at="kafkaClusterEncryptionInTransit.encryptionType",
        ),
        fail("proxy_by_default", Item(type="aws:rds/proxy:Proxy", props={"name": "p"}), at="requireTls"),
        fail(
            "accelerator",
            Item(type=ACCELERATOR, props={"nodeType": "n"}),
            at="clusterEndpointEncryptionType",
        ),
        *(fail(_named(one), _search(one), at="nodeToNodeEncryption.enabled") for one in sorted(SEARCHES)),
        unknown("decided_later", _cache(transitEncryptionEnabled=UNKNOWN)),
    ),
    KEYS.id: (
        ok("of_ours", Item(type=QUEUE, props={"kmsMasterKeyId": _KEY})),
        ok("repository", _repository("KMS")),
        ok("bucket", _rules({"sseAlgorithm": "aws:kms", "kmsMasterKeyId": _KEY})),
        ok("replica", Item(type="aws:rds/instance:Instance", props={"replicateSourceDb": "other"})),
        fail("of_the_service", Item(type=QUEUE, props={"name": "jobs"}), at="kmsMasterKeyId"),
        fail("of_aws", Item(type=TOPIC, props={"kmsMasterKeyId": "alias/aws/sns"}), at="kmsMasterKeyId"),
        fail("repository_by_default", Item(type=REPOSITORY, props={"name": "w"}), at="encryptionConfigurations"),
        fail("repository_of_aws", _repository("AES256"), at="encryptionConfigurations"),
        fail("bucket_of_aws", _rules({"sseAlgorithm": "AES256"}), at="rules"),
        fail("secret", Item(type="aws:secretsmanager/secret:Secret", props={"name": "s"}), at="kmsKeyId"),
        fail(
            "table",
            Item(type="aws:dynamodb/table:Table", props={"serverSideEncryption": {"enabled": True}}),
            at="serverSideEncryption.kmsKeyArn",
        ),
        unknown("list_decided_later", _rules({"kmsMasterKeyId": UNKNOWN})),
    ),
}
