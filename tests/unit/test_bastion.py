"""The bastion: what it registers, what its instance may do, and where its secrets are."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import re
from typing import Any
from unittest import mock

import pytest

from components.alarms import NAMESPACE
from components.bastion.bastion import MOST_CLIENTS
from components.bastion.user_data import HERE, LIMIT_BYTES, is_text, packed, without_comments
from sandbox.providers.mocks import Run
from tests.support.program.bastion_of import DUO, PEOPLE, recorded_with, request, template, user_data

INGRESS = "vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ALARM = "cloudwatch/metricAlarm:MetricAlarm"
FILTER = "cloudwatch/logMetricFilter:LogMetricFilter"
GROUP = "autoscaling/group:Group"
SECRET_VERSION = "secretsmanager/secretVersion:SecretVersion"
Outputs = dict[str, Any]


@pytest.fixture(scope="module")
def made() -> tuple[Run, Outputs]:
    return recorded_with()


@pytest.fixture(scope="module")
def graph(made: tuple[Run, Outputs]) -> Run:
    return made[0]


@pytest.fixture(scope="module")
def outputs(made: tuple[Run, Outputs]) -> Outputs:
    return made[1]


@pytest.fixture(scope="module")
def with_duo() -> Run:
    return recorded_with(mfa=DUO)[0]


class TestFirewall:
    def test_nothing_comes_in_but_the_tunnel(self) -> None:
        graph, _ = recorded_with(source_cidrs=["203.0.113.0/24", "198.51.100.7/32"], port=443)
        rules = [one.inputs for one in graph.of(INGRESS)]
        assert {(one["cidrIpv4"], one["ipProtocol"], one["fromPort"], one["toPort"]) for one in rules} == {
            ("203.0.113.0/24", "udp", 443, 443),
            ("198.51.100.7/32", "udp", 443, 443),
        }

    def test_each_named_clusters_api_lets_it_in_on_443_and_the_group_itself_takes_no_more(self) -> None:
        graph, _ = recorded_with(api_security_group_ids={"theirs": "sg-api"})
        rule = graph.named("vpn-api-theirs-in", INGRESS).inputs
        assert (rule["securityGroupId"], rule["referencedSecurityGroupId"]) == ("sg-api", "id-vpn-instance")
        assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 443, 443)

    def test_each_way_out_is_one_port_with_a_reason(self, graph: Run) -> None:
        rules = {name.removeprefix("vpn-"): one.inputs for name, one in graph.by_name(EGRESS).items()}
        assert {name: (one["ipProtocol"], one["fromPort"], one["cidrIpv4"]) for name, one in rules.items()} == {
            "apis": ("tcp", 443, "0.0.0.0/0"),
            "archive": ("tcp", 80, "0.0.0.0/0"),
            "dns-udp": ("udp", 53, "10.40.0.2/32"),
            "dns-tcp": ("tcp", 53, "10.40.0.2/32"),
            "to-10.40.16.0/20": ("tcp", 443, "10.40.16.0/20"),
            "to-10.40.32.0/20": ("tcp", 443, "10.40.32.0/20"),
        }
        assert all(one["fromPort"] == one["toPort"] and one["description"] for one in rules.values())

    def test_the_group_has_no_rules_inside_and_says_what_it_is(self, graph: Run) -> None:
        group = graph.named("vpn-instance", "ec2/securityGroup:SecurityGroup").inputs
        assert group["tags"]["palisade:role"] == "vpn-bastion"
        assert not {"ingress", "egress"} & group.keys()


class TestRights:
    def statements(self, graph: Run) -> dict[str, Any]:
        policy = json.loads(graph.named("vpn-instance", "iam/rolePolicy:RolePolicy").inputs["policy"])
        return {statement.pop("Sid"): statement for statement in policy["Statement"]}

    def test_the_instance_may_do_exactly_this(self, graph: Run) -> None:
        secrets = ["arn:aws:mock:::vpn-server", "arn:aws:mock:::vpn-people"]
        ec2 = "arn:aws:ec2:eu-central-1:123456789012"
        assert self.statements(graph) == {
            "ReadOwnSecrets": {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secrets},
            "DecryptOwnSecrets": {
                "Effect": "Allow",
                "Action": "kms:Decrypt",
                "Resource": "arn:aws:mock:::vpn-data-key",
                "Condition": {
                    "StringEquals": {
                        "kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com",
                        "kms:EncryptionContext:SecretARN": secrets,
                    }
                },
            },
            "TakeOwnAddress": {
                "Effect": "Allow",
                "Action": "ec2:AssociateAddress",
                "Resource": f"{ec2}:elastic-ip/eipalloc-vpn-address",
            },
            "ForItselfOnly": {
                "Effect": "Allow",
                "Action": "ec2:AssociateAddress",
                "Resource": [f"{ec2}:instance/*", f"{ec2}:network-interface/*"],
                "Condition": {
                    "StringEquals": {"aws:ResourceTag/Name": "vpn", "aws:ResourceTag/palisade:role": "vpn-bastion"}
                },
            },
            "WriteOwnLog": {
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": "arn:aws:logs:eu-central-1:123456789012:log-group:/palisade/vpn:*",
            },
        }

    def test_duos_secret_is_a_third_one(self, with_duo: Run) -> None:
        assert self.statements(with_duo)["ReadOwnSecrets"]["Resource"] == [
            f"arn:aws:mock:::vpn-{secret}" for secret in ("server", "people", "duo")
        ]

    def test_the_instance_wears_the_tags_that_its_rights_ask_for(self, graph: Run) -> None:
        specifications = {one["resourceType"]: one["tags"] for one in template(graph).inputs["tagSpecifications"]}
        assert specifications.keys() == {"instance", "network-interface", "volume"}
        for tags in specifications.values():
            assert (tags["Name"], tags["palisade:role"]) == ("vpn", "vpn-bastion")

    def test_nothing_else_gives_the_role_rights(self, graph: Run) -> None:
        assert not graph.by_name("iam/rolePolicyAttachment:RolePolicyAttachment")
        role = graph.named("vpn-instance", "iam/role:Role").inputs
        assert not {"managedPolicyArns", "inlinePolicies"} & role.keys()
        (trust,) = json.loads(role["assumeRolePolicy"])["Statement"]
        assert trust["Principal"] == {"Service": "ec2.amazonaws.com"}


class TestMachine:
    def test_the_template_is_hardened(self, graph: Run) -> None:
        inputs = template(graph).inputs
        assert inputs["metadataOptions"] == {
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 1,
            "instanceMetadataTags": "disabled",
        }
        (volume,) = inputs["blockDeviceMappings"]
        assert volume["ebs"]["encrypted"] == "true"
        assert volume["ebs"]["volumeType"] == "gp3"
        assert "keyName" not in inputs
        assert inputs["networkInterfaces"][0]["securityGroups"] == ["id-vpn-instance"]

    @pytest.mark.parametrize(
        ("image", "kind", "parameter"),
        [
            ("ubuntu-24.04", "t3.small", "24.04/stable/current/amd64"),
            ("ubuntu-26.04", "t4g.small", "26.04/stable/current/arm64"),
        ],
    )
    def test_the_image_is_canonicals_newest_for_the_machine(self, image: str, kind: str, parameter: str) -> None:
        graph, _ = recorded_with(image=image, instance_type=kind)
        assert template(graph).inputs["imageId"].endswith(f"canonical/ubuntu/server/{parameter}/hvm/ebs-gp3/ami-id")

    def test_it_is_a_group_of_one_in_every_zone(self, graph: Run) -> None:
        group = graph.named("vpn-instance", GROUP).inputs
        assert (group["minSize"], group["maxSize"], group["desiredCapacity"]) == (1, 1, 1)
        assert group["vpcZoneIdentifiers"] == ["subnet-a", "subnet-b"]

    def test_a_changed_template_replaces_the_instance_the_old_one_first(self, graph: Run) -> None:
        group = graph.named("vpn-instance", GROUP).inputs
        assert group["launchTemplate"] == {"id": "id-vpn-instance", "version": "7"}
        assert group["instanceRefresh"] == {"strategy": "Rolling", "preferences": {"minHealthyPercentage": 0}}

    def test_its_first_boot_finds_all_it_needs(self, graph: Run) -> None:
        group = graph.named("vpn-instance", GROUP)
        needed = [
            *graph.of(EGRESS),
            *graph.of(SECRET_VERSION),
            graph.named("vpn-instance", "iam/rolePolicy:RolePolicy"),
            graph.named("vpn-log", "cloudwatch/logGroup:LogGroup"),
        ]
        assert [one.name for one in needed if not graph.waits(group, one)] == []

    @pytest.mark.parametrize("protect", [True, False])
    def test_what_cannot_be_made_again_is_protected(self, protect: bool) -> None:
        graph, _ = recorded_with(protect=protect)
        assert {one.name for one in graph.resources if one.protect} == (
            {"vpn-address", "vpn-data-key", "vpn-log"} if protect else set()
        )


class TestUserData:
    def test_it_fits(self, graph: Run, with_duo: Run) -> None:
        for one in (graph, with_duo):
            assert len(base64.b64decode(template(one).inputs["userData"])) < LIMIT_BYTES

    def test_the_agent_loses_its_comments_and_docstrings_only(self) -> None:
        for path in sorted((HERE / "agent").glob("*.py")):
            source = path.read_text()
            tree = ast.parse(source)
            for node in ast.walk(tree):
                if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                    node.body = [line for line in node.body if not is_text(line)] or [ast.Pass()]
            shipped = without_comments(source)
            assert ast.dump(ast.parse(shipped)) == ast.dump(tree)
            assert "#" not in re.sub(r"(\"|').*?\1", "", shipped)

    def test_it_does_not_change_by_itself_nor_with_the_people(self, graph: Run) -> None:
        again, _ = recorded_with(people=PEOPLE[:1])
        assert template(again).inputs["userData"] == template(graph).inputs["userData"]

    def test_the_same_text_gives_the_same_bytes_on_every_machine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Python's own zlib is another one in another build, and has no part in it."""
        monkeypatch.setattr("components.bastion.user_data.render", lambda options: "#cloud-config\n{}\n" * 400)
        digest = hashlib.sha256(base64.b64decode(packed(mock.Mock()))).hexdigest()
        assert digest == "9fde858aa0760d74a1d9d99f26f14d735150a886660721587eb1852614519838"

    def test_it_changes_with_what_the_bastion_is_told(self, graph: Run) -> None:
        other, _ = recorded_with(private_cidrs=["10.40.16.0/20"])
        assert template(other).inputs["userData"] != template(graph).inputs["userData"]

    def test_it_tells_the_bastion_where_its_secrets_are(self, with_duo: Run) -> None:
        (settings,) = [
            json.loads(file["content"])
            for file in user_data(with_duo)["write_files"]
            if file["path"] == "/etc/palisade/agent.json"
        ]
        assert settings == {
            "address": "203.0.113.7",
            "allocation": "eipalloc-vpn-address",
            "duo": {"host": DUO.api_host, "integration_key": DUO.integration_key},
            "duo_arn": "arn:aws:mock:::vpn-duo",
            "log_group": "/palisade/vpn",
            "mfa_seconds": 45,
            "people_arn": "arn:aws:mock:::vpn-people",
            "region": "eu-central-1",
            "server_arn": "arn:aws:mock:::vpn-server",
        }

    def test_openvpn_has_a_process_for_everybody_and_no_run_without_a_firewall(self, graph: Run) -> None:
        (unit,) = [
            file["content"]
            for file in user_data(graph)["write_files"]
            if file["path"] == "/etc/systemd/system/openvpn-server@palisade.service.d/palisade.conf"
        ]
        processes = int(next(line for line in unit.splitlines() if line.startswith("LimitNPROC=")).partition("=")[2])
        assert processes > MOST_CLIENTS
        assert {"Requires=nftables.service", "After=nftables.service"} <= set(unit.splitlines())


class TestAlarms:
    def test_all_tell_the_topic(self, graph: Run) -> None:
        names = {
            "logins-refused",
            "factor-guessed",
            "mfa-unavailable",
            "vpn-crashed",
            "certificate-expires",
            "ssh-refused",
            "heartbeat",
        }
        assert graph.by_name(ALARM).keys() == {f"vpn-{name}-alarm" for name in names}
        for one in graph.of(ALARM):
            assert one.inputs["alarmActions"] == ["arn:aws:sns:eu-central-1:123456789012:alarms"]
            assert (one.inputs["namespace"], one.inputs["metricName"]) == (NAMESPACE, one.inputs["name"])

    def test_silence_is_an_alarm(self, graph: Run) -> None:
        alarm = graph.named("vpn-heartbeat-alarm", ALARM).inputs
        assert alarm["comparisonOperator"] == "LessThanThreshold"
        assert alarm["treatMissingData"] == "breaching"

    def test_without_a_topic_there_are_none(self) -> None:
        graph, _ = recorded_with(topic_arn=None)
        assert not graph.by_name(ALARM)
        assert not graph.by_name(FILTER)


class TestPreview:
    def test_nothing_that_aws_decides_is_needed(self) -> None:
        graph, outputs = recorded_with(known=False)
        assert graph.by_name(GROUP).keys() == {"vpn-instance"}
        assert outputs["endpoint"][0] is None

    def test_certificates_are_asked_for_before_anything_exists(self) -> None:
        graph, _ = recorded_with(known=False)
        signed = [one for one in graph.resources if one.name == "vpn-authority-client-ada-certificate"]
        assert signed[0].inputs["certRequestPem"] == request("ada")
