"""The bucket and the key that a team's state is kept in: docs/teams.md."""

from __future__ import annotations

import pulumi

from components.bucket import PrivateBucket, PrivateBucketArgs
from components.context import AwsContext
from components.keys import EncryptionKey, EncryptionKeyArgs
from components.tags import Tags

KEPT_DAYS = 365
"""How long an overwritten state can be brought back."""

config = pulumi.Config()
context, protect = AwsContext.current(), config.get_bool("protect") is not False
tags = Tags(owner=config.require("owner"), environment=config.require("environment"), stack=pulumi.get_stack())

key = EncryptionKey(
    "pulumi-state",
    EncryptionKeyArgs(
        description="State of Pulumi, and the secrets in it", context=context, tags=tags, protect=protect
    ),
)
bucket = PrivateBucket(
    "pulumi-state",
    PrivateBucketArgs(context=context, tags=tags, key_arn=key.arn, expire_old_versions_days=KEPT_DAYS, protect=protect),
)
pulumi.export("backend", f"s3://{bucket.bucket_name}?region={context.region}")
pulumi.export("secretsProvider", f"awskms://alias/pulumi-state?region={context.region}")
