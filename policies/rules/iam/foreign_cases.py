"""Cases of foreign.py."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.iam.foreign import EVENT_TARGET, NO_FOREIGN, SUBSCRIPTION, TRUST_PROVEN
from policies.rules.iam.permissions import ROLE

_OURS, _THEIRS = "123456789012", "210987654321"
_LISTED: Final = {"accounts": [_OURS]}
_AT: Final = "assumeRolePolicy.Statement.Principal.AWS"
_MFA: Final = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
_ORGANISATION: Final = {"StringEquals": {"aws:PrincipalOrgID": "o-abcde12345"}}


def _said(name: Any, condition: Any, action: str) -> dict[str, Any]:
    principal = name if isinstance(name, dict) else {"AWS": name}
    said = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {**said, **({"Condition": condition} if condition else {})}


def _role(name: Any, condition: Any = None) -> Item:
    document = {"Statement": _said(name, condition, "sts:AssumeRole")}
    return Item(type=ROLE, props={"assumeRolePolicy": json.dumps(document)})


def _queue(*names: Any, condition: Any = None) -> Item:
    document = {"Statement": [_said(list(names), condition, "sqs:SendMessage")]}
    return Item(type="aws:sqs/queuePolicy:QueuePolicy", props={"policy": json.dumps(document)})


def _arn(account: str, name: str) -> str:
    return f"arn:aws:iam::{account}:{name}"


_DESTINATION: Final = f"arn:aws:logs:eu-central-1:{_THEIRS}:destination:logs"


def _logs(destination: str) -> Item:
    props = {"logGroup": "/aws/eks/palisade/cluster", "filterPattern": "", "destinationArn": destination}
    return Item(type=SUBSCRIPTION, props=props)


def _events(account: str) -> dict[str, Any]:
    return {"arn": f"arn:aws:events:eu-central-1:{account}:event-bus/all", "roleArn": _arn(_OURS, "role/events")}


def _snapshot(*accounts: str) -> Item:
    return Item(type="aws:rds/snapshot:Snapshot", props={"sharedAccounts": list(accounts)})


_FUNCTION: Final = "aws:lambda/permission:Permission"
_VAULT: Final = {"destinationVaultArn": f"arn:aws:backup:eu-central-1:{_THEIRS}:backup-vault:all"}
_HANDED: Final[tuple[tuple[str, str, dict[str, Any], str], ...]] = (
    ("events", EVENT_TARGET, _events(_THEIRS), "arn"),
    ("function", _FUNCTION, {"principal": _THEIRS, "function": "web"}, "principal"),
    ("image", "aws:ec2/amiLaunchPermission:AmiLaunchPermission", {"accountId": _THEIRS}, "accountId"),
    ("snapshot", "aws:rds/snapshot:Snapshot", {"sharedAccounts": [_THEIRS]}, "sharedAccounts[0]"),
    (
        "document",
        "aws:ssm/document:Document",
        {"permissions": {"type": "Share", "account_ids": f"{_OURS}, {_THEIRS}"}},
        "permissions.account_ids",
    ),
    (
        "backup",
        "aws:backup/plan:Plan",
        {"rules": [{"copyActions": [_VAULT]}]},
        "rules[0].copyActions[0].destinationVaultArn",
    ),
    (
        "messages",
        "aws:sns/topicSubscription:TopicSubscription",
        {
            "topic": f"arn:aws:sns:eu-central-1:{_OURS}:alarms",
            "protocol": "sqs",
            "endpoint": f"arn:aws:sqs:eu-central-1:{_THEIRS}:all",
        },
        "endpoint",
    ),
)

CASES: dict[str, tuple[Case, ...]] = {
    TRUST_PROVEN.id: (
        ok("service", _role({"Service": "ec2.amazonaws.com"})),
        ok("people_with_a_second_factor", _role(_arn(_OURS, "root"), _MFA)),
        ok(
            "factor_of_the_last_hour",
            _role(_arn(_OURS, "root"), {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}),
        ),
        ok("vendor_with_an_external_id", _role(_THEIRS, {"StringEquals": {"sts:ExternalId": "7f3a"}})),
        ok("organisation", _role(_arn(_THEIRS, "role/ci"), _ORGANISATION)),
        ok("role_of_a_listed_account", _role(_arn(_OURS, "role/ci")), settings=_LISTED),
        ok(
            "only_roles_of_a_listed_account",
            _role(_arn(_OURS, "root"), {"ArnLike": {"aws:PrincipalArn": _arn(_OURS, "role/ci-*")}}),
            settings=_LISTED,
        ),
        # Checked by iam-trust-no-star.
        ok("everybody", _role("*")),
        fail("another_account", _role(_arn(_THEIRS, "root")), at=_AT),
        fail("another_account_by_its_number", _role(_THEIRS), at=_AT),
        fail("role_of_an_account_that_is_not_listed", _role(_arn(_THEIRS, "role/ci")), at=_AT, settings=_LISTED),
        fail("people_of_a_listed_account", _role(_arn(_OURS, "root")), at=_AT, settings=_LISTED),
        fail("user_of_the_organisation", _role(_arn(_OURS, "user/ada"), _ORGANISATION), at=_AT),
        fail(
            "second_factor_if_it_is_said",
            _role(_arn(_OURS, "root"), {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}),
            at=_AT,
        ),
        fail("no_second_factor", _role(_arn(_OURS, "root"), {"Bool": {"aws:MultiFactorAuthPresent": "false"}}), at=_AT),
        fail("any_external_id", _role(_THEIRS, {"StringLike": {"sts:ExternalId": "*"}}), at=_AT),
        unknown("made_with_it", Item(type=ROLE, props={"assumeRolePolicy": UNKNOWN})),
    ),
    NO_FOREIGN.id: (
        ok("one_account", _queue(_arn(_OURS, "role/app"), _arn(_OURS, "root"))),
        ok("listed", _queue(_OURS, _THEIRS), settings={"accounts": [_OURS, _THEIRS]}),
        ok("of_the_organisation", _queue(_OURS, _THEIRS, condition=_ORGANISATION)),
        fail("two_accounts", _queue(_OURS, _THEIRS), at="policy.Statement[0].Principal.AWS[1]"),
        fail("not_listed", _queue(_THEIRS), at="policy.Statement[0].Principal.AWS[0]", settings=_LISTED),
        ok("logs_to_a_stream", _logs(f"arn:aws:kinesis:eu-central-1:{_OURS}:stream/logs")),
        ok("logs_to_a_listed_account", _logs(_DESTINATION), settings={"accounts": [_THEIRS]}),
        fail("logs_to_another_account", _logs(_DESTINATION), at="destinationArn"),
        *(fail(name, Item(type=type_, props=props), at=at) for name, type_, props, at in _HANDED),
        ok("events_to_our_own_bus", Item(type=EVENT_TARGET, props=_events(_OURS))),
        ok("snapshot_for_a_listed_account", _snapshot(_THEIRS), settings={"accounts": [_THEIRS]}),
        ok("snapshot_for_nobody", _snapshot()),
        ok("function_for_a_service", Item(type=_FUNCTION, props={"principal": "events.amazonaws.com"})),
        unknown("snapshot_decided_later", _snapshot(UNKNOWN)),
        unknown("made_with_it", Item(type="aws:sqs/queuePolicy:QueuePolicy", props={"policy": UNKNOWN})),
    ),
}
