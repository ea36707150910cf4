"""Deis's database, bucket, keys and alarms: closed, encrypted, protected as asked, with the least rights."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from components.deis import Database
from components.deis.alarms import ERRORS, ROUTER_ERRORS, ROUTER_FROZEN
from components.deis.controller import DATABASE_CA, DATABASE_CA_KEY
from components.deis.rds_roots import ECC, are_roots, authority, bundle_url, roots
from sandbox.providers.mocks import Run
from tests.support.aws.filter_pattern import matches
from tests.support.program.deis_of import objects, of_deis

SUBSCRIPTION = "rds/eventSubscription:EventSubscription"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms"


@pytest.fixture(scope="module")
def graph() -> Run:
    return of_deis(topic_arn=TOPIC)


@pytest.fixture(scope="module")
def database(graph: Run) -> dict[str, Any]:
    return graph.named("deis-database-instance", "rds/instance:Instance").inputs


class TestDatabase:
    def test_it_is_private_and_encrypted(self, graph: Run, database: dict[str, Any]) -> None:
        assert database["publiclyAccessible"] is False
        assert database["storageEncrypted"] is True
        assert database["kmsKeyId"] == database["performanceInsightsKmsKeyId"] == "arn:aws:mock:::deis-database-key"
        assert database["vpcSecurityGroupIds"] == ["id-deis-database"]
        subnets = graph.named("deis-database", "rds/subnetGroup:SubnetGroup").inputs["subnetIds"]
        assert subnets == [f"id-net-private-{zone}" for zone in "abc"]

    def test_the_server_takes_tls_only_with_a_certificate_that_clients_can_check(
        self, graph: Run, database: dict[str, Any]
    ) -> None:
        group = graph.named("deis-database-parameters", "rds/parameterGroup:ParameterGroup").inputs
        values = {one["name"]: one["value"] for one in group["parameters"]}
        assert values["rds.force_ssl"] == "1"
        assert values["ssl_min_protocol_version"] == "TLSv1.2"
        assert values["password_encryption"] == "scram-sha-256"
        assert values["log_connections"] == values["log_disconnections"] == "1"
        assert group["family"] == "postgres15"
        assert database["caCertIdentifier"] == authority("eu-central-1") == ECC

    def test_nodes_alone_reach_it_on_its_port_alone(self, graph: Run) -> None:
        (rule,) = [
            one.inputs
            for one in graph.of("vpc/securityGroupIngressRule:SecurityGroupIngressRule")
            if one.inputs["securityGroupId"] == "id-deis-database"
        ]
        assert rule["referencedSecurityGroupId"] == "id-pal-nodes"
        assert (rule["fromPort"], rule["toPort"]) == (5432, 5432)

    def test_its_system_is_monitored_and_its_events_are_reported(self, graph: Run, database: dict[str, Any]) -> None:
        assert (database["monitoringInterval"], database["monitoringRoleArn"]) == (
            60, "arn:aws:mock:::deis-database-monitoring",
        )  # fmt: skip
        trust = json.loads(graph.named("deis-database-monitoring", "iam/role:Role").inputs["assumeRolePolicy"])
        (statement,) = trust["Statement"]
        assert statement["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
        events = {one.inputs["sourceType"]: one.inputs for one in graph.by_name(SUBSCRIPTION).values()}
        # Prowler's rds_instance_critical_event_subscription passes for these, or for all categories.
        assert events["db-instance"]["eventCategories"] == ["maintenance", "configuration change", "failure"]
        assert events["db-parameter-group"]["eventCategories"] == ["configuration change"]
        assert {each["snsTopic"] for each in events.values()} == {TOPIC}

    def test_it_is_backed_up_and_not_lost_by_accident(self, graph: Run, database: dict[str, Any]) -> None:
        assert database["backupRetentionPeriod"] >= 7
        assert database["multiAz"] is True
        assert database["deletionProtection"] is True
        assert database["skipFinalSnapshot"] is False
        assert database["finalSnapshotIdentifier"]
        assert database["deleteAutomatedBackups"] is False
        given_up = of_deis(database=Database(deletion_protection=False), protect=False)
        bare = given_up.named("deis-database-instance", "rds/instance:Instance").inputs
        assert bare["deletionProtection"] is False
        assert bare["skipFinalSnapshot"] is True

    def test_its_logs_are_kept_under_its_key(self, graph: Run, database: dict[str, Any]) -> None:
        for log in database["enabledCloudwatchLogsExports"]:
            group = graph.named(f"deis-database-{log}", "cloudwatch/logGroup:LogGroup")
            assert group.inputs["name"] == f"/aws/rds/instance/{database['identifier']}/{log}"
            assert group.inputs["kmsKeyId"] == "arn:aws:mock:::deis-database-key"
            assert group.inputs["retentionInDays"] == 365
            assert graph.waits(graph.named("deis-database-instance", "rds/instance:Instance"), group)

    @pytest.mark.parametrize("region", sorted(roots()))
    def test_the_roots_are_what_they_are_called(self, region: str) -> None:
        root = x509.load_pem_x509_certificate(roots()[region].encode())
        (name,) = root.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        key = root.public_key()
        if authority(region) == ECC:
            assert name.value == f"Amazon RDS {region} Root CA ECC384 G1"
            assert isinstance(key, ec.EllipticCurvePublicKey)
            assert key.curve.name == "secp384r1"
        else:
            assert name.value == f"Amazon RDS {region} Root CA RSA2048 G1"
            assert isinstance(key, rsa.RSAPublicKey)
        root.verify_directly_issued_by(root)
        assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        assert are_roots(roots()[region])

    def test_a_region_without_a_root_here_takes_one_from_where_aws_publishes_it(self) -> None:
        assert bundle_url("mx-central-1") == (
            "https://truststore.pki.rds.amazonaws.com/mx-central-1/mx-central-1-bundle.pem"
        )
        assert bundle_url("us-gov-east-1") == (
            "https://truststore.pki.us-gov-west-1.rds.amazonaws.com/us-gov-east-1/us-gov-east-1-bundle.pem"
        )
        given = roots()["eu-west-1"] + roots()["ap-south-1"]
        graph = of_deis(database=Database(ca_pem=given))
        assert objects(graph)["ConfigMap", DATABASE_CA].inputs["data"] == {DATABASE_CA_KEY: given}


@pytest.mark.parametrize("protect", [True, False])
def test_what_holds_data_is_protected_as_asked(protect: bool) -> None:
    graph = of_deis(protect=protect)
    data = [
        one
        for type_ in ("rds/instance:Instance", "s3/bucket:Bucket", "kms/key:Key", "cloudwatch/logGroup:LogGroup")
        for one in graph.of(type_)
        if one.name.startswith("deis-")
    ]
    assert len(data) == 1 + 1 + 2 + 2
    assert {one.protect for one in data} == {protect}
    (balancer,) = graph.of("lb/loadBalancer:LoadBalancer")
    assert balancer.inputs["enableDeletionProtection"] is protect


class TestStorage:
    def test_the_one_user_may_use_slugs_from_inside_and_nothing_else(self, graph: Run) -> None:
        policy = json.loads(graph.named("deis-slugs-rights", "iam/groupPolicy:GroupPolicy").inputs["policy"])
        for statement in policy["Statement"]:
            assert statement["Effect"] == "Allow"
            assert "*" not in "".join(statement["Action"])
            assert statement["Resource"].startswith(("arn:aws:s3:::deis-slugs-", "arn:aws:mock:::deis-slugs-key"))
            expected = (
                {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}
                if statement["Action"][0].startswith("kms:")
                else {"aws:SourceVpc": "id-net-vpc"}
            )
            assert statement["Condition"] == {"StringEquals": expected}

    def test_rights_come_by_a_group(self, graph: Run) -> None:
        assert not [one for one in graph.resources if one.type.startswith("aws:iam/userPolicy")]
        (membership,) = graph.of("iam/userGroupMembership:UserGroupMembership")
        assert membership.inputs["groups"] == ["deis-slugs"]

    def test_its_bucket_is_emptied_on_destroy_only_after_protection_is_lifted(self, graph: Run) -> None:
        """It holds slugs as soon as Deis builds anything, and S3 deletes no bucket that holds something."""
        buckets = [each.named("deis-slugs-bucket", "s3/bucket:Bucket") for each in (graph, of_deis(protect=False))]
        assert [(each.protect, each.inputs["forceDestroy"]) for each in buckets] == [(True, False), (False, True)]

    def test_the_bucket_is_a_private_one(self, graph: Run) -> None:
        assert "deis-slugs-public-access" in graph.by_name("s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
        assert "deis-slugs-versioning" in graph.by_name("s3/bucketVersioning:BucketVersioning")


class TestAlarms:
    ALL = {  # noqa: RUF012
        "deis-database-storage",
        "deis-router-unreachable",
        "deis-controller-down",
        "deis-builder-down",
        "deis-router-down",
        "deis-router-errors",
        "deis-router-frozen",
        "deis-certificate-expires",
    }

    def test_none_without_somebody_to_hear_them(self) -> None:
        graph = of_deis()
        assert not [name for name in graph.by_name("cloudwatch/metricAlarm:MetricAlarm") if name.startswith("deis-")]

    def test_all_of_them(self) -> None:
        graph = of_deis(topic_arn="arn:topic", cluster_name="pal", application_log_group_name="/aws/pods")
        alarms = graph.by_name("cloudwatch/metricAlarm:MetricAlarm")
        ours = {name.removesuffix("-alarm"): one.inputs for name, one in alarms.items() if name.startswith("deis-")}
        assert ours.keys() == self.ALL
        for alarm in ours.values():
            assert alarm["alarmActions"] == ["arn:topic"]
        of_logs = {"deis-router-errors", "deis-router-frozen", "deis-certificate-expires"}
        for name in self.ALL - {"deis-database-storage"} - of_logs:
            assert ours[name]["treatMissingData"] == "breaching", "silence is the alarm"

    def test_each_watches_what_it_is_called_after(self) -> None:
        graph = of_deis(topic_arn="arn:topic", cluster_name="pal", application_log_group_name="/aws/pods")
        alarms = graph.by_name("cloudwatch/metricAlarm:MetricAlarm")
        for part in ("controller", "builder", "router"):
            alarm = alarms[f"deis-{part}-down-alarm"].inputs
            assert alarm["metricName"] == "service_number_of_running_pods"
            assert alarm["dimensions"] == {"ClusterName": "pal", "Namespace": "deis", "Service": f"deis-{part}"}
            assert (alarm["comparisonOperator"], alarm["threshold"]) == ("LessThanThreshold", 1)
        storage = alarms["deis-database-storage-alarm"].inputs
        assert storage["metricName"] == "FreeStorageSpace"
        assert storage["dimensions"] == {"DBInstanceIdentifier": "deis-database"}
        assert (storage["comparisonOperator"], storage["threshold"]) == ("LessThanThreshold", 2 * 2**30)
        reached = alarms["deis-router-unreachable-alarm"].inputs
        assert (reached["metricName"], reached["threshold"]) == ("HealthyHostCount", 1)
        assert reached["dimensions"] == {
            "LoadBalancer": "net/deis-balancer/0",
            "TargetGroup": "targetgroup/deis-balancer-443-targets/0",
        }

    @pytest.mark.parametrize("status", [200, 301, 403, 404, *ERRORS])
    def test_the_routers_errors_are_counted_and_nothing_else(self, status: int) -> None:
        line = (
            f'[2026-11-24T04:00:00+00:00] - deis/deis-controller - 203.0.113.7 - - - {status} - "GET /500" - 12 - "-"'
        )
        event = {"log": line, "kubernetes": {"container_name": "deis-router", "namespace_name": "deis"}}
        assert matches(ROUTER_ERRORS.pattern, event) is (status in ERRORS)
        event["kubernetes"] = {"container_name": "shop", "namespace_name": "shop"}
        assert not matches(ROUTER_ERRORS.pattern, event)

    LINES = {  # noqa: RUF012
        "2026/11/28 04:00:00 Failed to reload nginx; continuing with existing configuration: exit status 1": True,
        "2026/11/28 04:00:00 Failed to write certs; continuing with existing certs, dhparam, and configuration: open"
        " /opt/router/ssl/shop.example.org.crt: no space left on device": True,
        "2026/11/28 04:00:00 Failed to write dhparam; continuing with existing dhparam and configuration: EOF": True,
        "2026/11/28 04:00:00 Failed to write new nginx configuration; continuing with existing configuration: x": True,
        "2026/11/28 04:00:00 Error building model; not modifying certs or configuration: Unauthorized.": True,
        "2026/11/28 04:00:00 INFO: Router configuration has changed in k8s.": False,
        "2026/11/28 04:00:00 INFO: Reloading nginx...": False,
        '[2026-11-28T04:00:00+00:00] - deis/deis-controller - 203.0.113.7 - - - 404 - "GET / HTTP/1.1" - 12 - "-" - "x;'
        ' continuing with existing y"': False,
    }
    """Of router v2.19.0: router.go, nginx/commands.go, and its access log, into which a client wrote."""

    @pytest.mark.parametrize("line", LINES)
    def test_a_router_that_applies_no_changes_is_noticed(self, line: str) -> None:
        event = {"log": line, "kubernetes": {"container_name": "deis-router", "namespace_name": "deis"}}
        assert matches(ROUTER_FROZEN.pattern, event) is self.LINES[line]
        event["kubernetes"] = {"container_name": "shop", "namespace_name": "shop"}
        assert not matches(ROUTER_FROZEN.pattern, event)
