"""Settings of an account, and RDS's event subscriptions, in the stand-in provider: put, read, changed and deleted."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

from sandbox.emulator.inprocess import emulated_aws
from sandbox.engine.identities import AWS_CREDENTIALS, REGION
from sandbox.providers.aws.client import Aws
from sandbox.providers.aws.types import KINDS

SETTING = f"arn:aws:ssm:{REGION}:123456789012:servicesetting/ssm/documents/console/public-sharing-permission"
CASES = {
    "aws:ebs/encryptionByDefault:EncryptionByDefault": ({"enabled": True}, {"enabled": False}),
    "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess": (
        {"state": "block-all-sharing"}, {"state": "unblocked"},
    ),
    # The provider's deletion of this one does nothing.
    "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess": (
        {"state": "block-new-sharing"}, {"state": "block-new-sharing"},
    ),
    "aws:ec2/serialConsoleAccess:SerialConsoleAccess": ({"enabled": True}, {"enabled": False}),
    "aws:ssm/serviceSetting:ServiceSetting": (
        {"settingId": SETTING, "settingValue": "Disable"}, {"settingId": SETTING, "settingValue": "Enable"},
    ),
    "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults": (
        {"httpTokens": "required", "httpPutResponseHopLimit": 1}, {"httpTokens": None, "httpPutResponseHopLimit": None},
    ),
}  # fmt: skip
"""Type -> inputs, and what is read after the resource was deleted."""


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name, value in AWS_CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with emulated_aws():
        yield Aws(REGION, {})


@pytest.mark.parametrize("token", CASES)
def test_a_switch_holds_what_was_put_until_the_provider_deletes_it(aws: Aws, token: str) -> None:
    kind, (inputs, left) = KINDS[token], CASES[token]
    id_ = kind.create(aws, inputs)
    assert isinstance(id_, str)
    assert inputs.items() <= (kind.read(aws, id_, inputs) or {}).items()
    kind.delete(aws, id_, inputs)
    assert left.items() <= (kind.read(aws, id_, inputs) or {}).items()


def test_a_service_setting_is_told_by_its_arn_and_an_unknown_one_is_refused(aws: Aws) -> None:
    ssm = boto3.client("ssm", region_name=REGION)
    found = ssm.get_service_setting(SettingId="/ssm/documents/console/public-sharing-permission")["ServiceSetting"]
    assert (found["ARN"], found["Status"]) == (SETTING, "Default")
    with pytest.raises(ssm.exceptions.ServiceSettingNotFound):
        ssm.get_service_setting(SettingId="/ssm/none")


def test_an_event_subscription_is_changed_in_place(aws: Aws) -> None:
    kind = KINDS["aws:rds/eventSubscription:EventSubscription"]
    topic = aws.call("sns", "create_topic", Name="alarms")["TopicArn"]
    first = {
        "name": "events", "snsTopic": topic, "sourceType": "db-instance", "sourceIds": ["a"],
        "eventCategories": ["failure"],
    }  # fmt: skip
    id_ = kind.create(aws, first)
    assert isinstance(id_, str)
    assert first.items() <= (kind.read(aws, id_, first) or {}).items()
    second = {**first, "sourceIds": ["b"], "eventCategories": ["failure", "maintenance"]}
    kind.update(aws, id_, second, {"sourceIds", "eventCategories"}, first)
    assert second.items() <= (kind.read(aws, id_, second) or {}).items()
    kind.delete(aws, id_, second)
    assert kind.read(aws, id_, second) is None
