"""The account's part on the real engine: what a destroy retains, how it is taken over, and who may not deploy."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.account import Account, AccountArgs, trail_bucket_exists, user_without_mfa
from components.alarms import AlarmTopic, AlarmTopicArgs
from components.context import AwsContext
from components.tags import Tags
from sandbox.engine.stack import REGION, EngineError, Stack
from tests.engine.conftest import Sandbox
from tests.support.engine import retained

NAME = "other-account"
BUCKET = f"{NAME}-trail-123456789012-{REGION}"
MEMBER = "deployer"


def program(trail_bucket: str | None = None) -> None:
    """The account of a program, as __main__.py makes it."""
    context = AwsContext.current()
    tags = Tags(owner="platform", environment="sandbox", stack="account")
    topic = AlarmTopic(
        "other-alarms", AlarmTopicArgs(emails=["ada@example.org"], context=context, tags=tags, protect=False)
    )
    made = Account(
        NAME,
        AccountArgs(
            context=context,
            tags=tags,
            topic_arn=topic.arn,
            users=[MEMBER],
            locked_out_user=user_without_mfa(aws.get_caller_identity().arn, has_mfa=False),
            trail_bucket=trail_bucket,
            trail_bucket_exists=trail_bucket_exists(NAME, context),
            guardduty="off",
            access_analyzer="existing",
            protect=False,
        ),
    )
    pulumi.export("retained", made.retained)


def stack(sandbox: Sandbox, **credentials: str) -> Any:
    def of(trail_bucket: str | None = None) -> Stack:
        made = sandbox.engine().stack(
            "account", partial(program, trail_bucket), {"aws:region": REGION}, project="account", pack=None
        )
        made._stack.workspace.env_vars = {**made._stack.workspace.env_vars, **credentials}
        return made

    return of


@pytest.fixture
def user(sandbox: Sandbox) -> Iterator[dict[str, str]]:
    """The access key of an IAM user with administrator's rights, as environment variables."""
    iam = sandbox.aws("iam")
    iam.create_user(UserName=MEMBER)
    policy = "arn:aws:iam::aws:policy/AdministratorAccess"
    iam.attach_user_policy(UserName=MEMBER, PolicyArn=policy)
    key = iam.create_access_key(UserName=MEMBER)["AccessKey"]
    yield {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    iam.delete_access_key(UserName=MEMBER, AccessKeyId=key["AccessKeyId"])
    iam.detach_user_policy(UserName=MEMBER, PolicyArn=policy)
    iam.delete_user(UserName=MEMBER)


def test_an_iam_user_who_would_lock_themselves_out_learns_it_before_anything_changes(
    sandbox: Sandbox, user: dict[str, str]
) -> None:
    refused = "deployer deploys as an IAM user and would be locked out halfway"
    as_user = stack(sandbox, **user)()
    with pytest.raises(EngineError, match=refused):
        as_user.preview()
    assert not as_user.export().get("resources")
    # Without a preview, and so later, but before the membership.
    with pytest.raises(EngineError, match=refused):
        as_user.up()
    assert sandbox.aws("iam").list_groups_for_user(UserName=MEMBER)["Groups"] == []
    as_user.destroy()
    as_user.remove()
    retained.remove(sandbox, "other")


def test_a_bucket_that_is_retained_is_full_and_is_taken_over_by_name(sandbox: Sandbox, user: dict[str, str]) -> None:
    of, s3 = stack(sandbox), sandbox.aws("s3")
    first = of()
    first.up()
    assert first.outputs()["retained"]["trailBucket"] == BUCKET
    # Nothing is refused of what is this stack's own.
    assert (first.preview().change_summary or {}).keys() <= {"same"}
    first.destroy()
    assert not first.export().get("resources")
    files = s3.list_objects_v2(Bucket=BUCKET)["KeyCount"]
    assert files
    with pytest.raises(EngineError, match=f"config set --path palisade:account.trailBucket {BUCKET}"):
        of().preview()
    second = of(BUCKET)
    second.up()
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] > files
    second.destroy()
    keys = sandbox.aws("kms")
    described = [keys.describe_key(KeyId=each["KeyId"])["KeyMetadata"] for each in keys.list_keys()["Keys"]]
    kept = [each for each in described if "other-account-trail" in each["Description"] and each["Enabled"]]
    assert len(kept) == 2, "the first stack's key, for the files that it encrypted, and the second one's"
    second.remove()
    retained.remove(sandbox, "other")
    assert BUCKET not in {each["Name"] for each in s3.list_buckets()["Buckets"]}
