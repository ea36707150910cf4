"""Cases of sharing.py."""

from __future__ import annotations

import json
from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.data.sharing import FUNCTION_URL, NO_PUBLIC_SHARING, PERMISSION, QUEUE_POLICY, SNAPSHOT

_SEND: Final[dict[str, Any]] = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
_AT: Final = "policy.Statement[0].Principal"


def _queue(condition: Any = None, **changes: Any) -> Item:
    said = {**_SEND, **changes, **({"Condition": condition} if condition else {})}
    return Item(type=QUEUE_POLICY, props={"queueUrl": "q", "policy": json.dumps({"Statement": [said]})})


CASES: dict[str, tuple[Case, ...]] = {
    NO_PUBLIC_SHARING.id: (
        ok("named_role", _queue(Principal={"AWS": "arn:aws:iam::123456789012:role/app"})),
        ok("from_one_topic", _queue({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-central-1:123456789012:t"}})),
        ok("function_of_a_bucket", Item(type=PERMISSION, props={"principal": "*", "sourceArn": UNKNOWN})),
        ok("snapshot_of_ours", Item(type=SNAPSHOT, props={"sharedAccounts": ["123456789012"]})),
        fail("everybody", _queue(), at=_AT),
        fail("everybody_over_tls", _queue({"Bool": {"aws:SecureTransport": "true"}}), at=_AT),
        fail("from_any_account", _queue({"StringLike": {"aws:SourceAccount": "*"}}), at=_AT),
        fail("from_all_but_one", _queue({"StringNotEquals": {"aws:SourceAccount": "123456789012"}}), at=_AT),
        fail("only_if_said", _queue({"StringEqualsIfExists": {"aws:SourceAccount": "123456789012"}}), at=_AT),
        fail("function_for_everybody", Item(type=PERMISSION, props={"principal": "*"}), at="principal"),
        fail(
            "function_on_the_web", Item(type=FUNCTION_URL, props={"authorizationType": "NONE"}), at="authorizationType"
        ),
        fail("snapshot_for_everybody", Item(type=SNAPSHOT, props={"sharedAccounts": ["all"]}), at="sharedAccounts[0]"),
        fail(
            "document_for_everybody",
            Item(type="aws:ssm/document:Document", props={"permissions": {"type": "Share", "accountIds": "All"}}),
            at="permissions.accountIds",
        ),
        unknown("made_with_it", Item(type=QUEUE_POLICY, props={"policy": UNKNOWN})),
    ),
}
