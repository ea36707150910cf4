"""Remove the resources that a destroyed stack leaves in the account, as docs/operations.md describes."""

from __future__ import annotations

from tests.engine.conftest import Sandbox


def remove(sandbox: Sandbox, name: str = "palisade") -> None:
    """Remove the trail's bucket after its lock, its keys, and the log group that EKS creates again.

    Args:
        sandbox: a sandbox without a stack of that name.
        name: the stack's `palisade:name`, or the name of another account component without `-account`.
    """
    s3, kms, logs = sandbox.aws("s3"), sandbox.aws("kms"), sandbox.aws("logs")
    for bucket in [
        bucket["Name"] for bucket in s3.list_buckets()["Buckets"] if bucket["Name"].startswith(f"{name}-account")
    ]:
        # moto applies the policy's Deny to all requests, without evaluating its condition.
        s3.delete_bucket_policy(Bucket=bucket)
        found = s3.list_object_versions(Bucket=bucket)
        for each in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]:
            version = {"Key": each["Key"], "VersionId": each["VersionId"]}
            s3.delete_object(Bucket=bucket, **version, BypassGovernanceRetention=True)
        s3.delete_bucket(Bucket=bucket)
    for key in kms.list_keys()["Keys"]:
        metadata = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        if metadata["KeyState"] == "Enabled" and f"{name}-account-trail" in metadata["Description"]:
            kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=30)
    for group in logs.describe_log_groups(logGroupNamePrefix=f"/aws/eks/{name}/")["logGroups"]:
        logs.delete_log_group(logGroupName=group["logGroupName"])
