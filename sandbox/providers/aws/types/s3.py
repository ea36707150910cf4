"""Buckets, with a separate type for each setting, and the account's public-access block."""

from __future__ import annotations

from collections.abc import Set
from typing import Any, ClassVar

from sandbox.providers.aws.client import Aws, tag_list, tag_map
from sandbox.providers.aws.kind import Kind, Properties
from sandbox.providers.aws.types.iam_policies import document

BLOCKS = {"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"}


class Bucket(Kind):
    """A bucket."""

    token = "aws:s3/bucket:Bucket"
    accepts = {"bucket", "bucketPrefix", "objectLockEnabled", "forceDestroy"}
    replaces = {"bucket", "bucketPrefix", "objectLockEnabled"}
    auto_name = "bucket"

    def create(self, aws: Aws, inputs: Properties) -> str:
        name = inputs["bucket"]
        place = None if aws.region == "us-east-1" else {"LocationConstraint": aws.region}
        lock = inputs.get("objectLockEnabled")
        aws.call("s3", "create_bucket", Bucket=name, CreateBucketConfiguration=place, ObjectLockEnabledForBucket=lock)
        if inputs.get("tagsAll"):
            aws.call("s3", "put_bucket_tagging", Bucket=name, Tagging={"TagSet": tag_list(inputs["tagsAll"])})
        return name

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        if aws.find("s3", "head_bucket", "@", Bucket=id_) is None:
            return None
        return {
            "arn": f"arn:{aws.partition}:s3:::{id_}",
            "bucket": id_,
            "bucketDomainName": f"{id_}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{id_}.s3.{aws.region}.amazonaws.com",
            "region": aws.region,
            "tags": tag_map(aws.find("s3", "get_bucket_tagging", "TagSet", Bucket=id_)),
        }

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        if "tags" in changed:
            aws.call("s3", "put_bucket_tagging", Bucket=id_, Tagging={"TagSet": tag_list(new.get("tagsAll"))})

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        if state.get("forceDestroy"):
            found = aws.call("s3", "list_object_versions", Bucket=id_)
            for each in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]:
                aws.call("s3", "delete_object", Bucket=id_, Key=each["Key"], VersionId=each["VersionId"])
        aws.call("s3", "delete_bucket", Bucket=id_)


class _Aspect(Kind):
    """A setting of a bucket, written and read as a whole. Its ID is the bucket's name."""

    replaces = {"bucket"}
    taggable = False
    put: ClassVar[str]
    get: ClassVar[str]
    remove: ClassVar[str | None]
    at: ClassVar[str]
    """JMESPath of the setting in the answer."""

    def setting(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """The parameters of `put`, in addition to the bucket."""
        raise NotImplementedError

    def properties(self, found: Any) -> Properties:
        """The response of `get` in the provider's format, where it can be compared."""
        return {}

    def create(self, aws: Aws, inputs: Properties) -> str:
        self.update(aws, inputs["bucket"], inputs, frozenset(), {})
        return inputs["bucket"]

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        found = aws.find("s3", self.get, self.at, Bucket=id_)
        return None if found is None else {"bucket": id_, **self.properties(found)}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        aws.call("s3", self.put, Bucket=id_, **self.setting(aws, new))

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        if self.remove:
            aws.gone("s3", self.remove, Bucket=id_)


def _blocks(inputs: Properties) -> dict[str, bool]:
    return {name[0].upper() + name[1:]: bool(inputs.get(name)) for name in BLOCKS}


def _blocked(found: dict[str, bool]) -> Properties:
    return {name: found.get(name[0].upper() + name[1:], False) for name in BLOCKS}


class PublicAccessBlock(_Aspect):
    """The public-access block of a bucket."""

    token = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    accepts = {"bucket", "skipDestroy", *BLOCKS}
    put, get, remove = "put_public_access_block", "get_public_access_block", "delete_public_access_block"
    at = "PublicAccessBlockConfiguration"

    def setting(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        return {self.at: _blocks(inputs)}

    def properties(self, found: Any) -> Properties:
        return _blocked(found)


class OwnershipControls(_Aspect):
    """Object ownership of a bucket."""

    token = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
    accepts = {"bucket", "rule"}
    put, get = "put_bucket_ownership_controls", "get_bucket_ownership_controls"
    remove, at = "delete_bucket_ownership_controls", "OwnershipControls"

    def setting(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        return {self.at: {"Rules": [{"ObjectOwnership": inputs["rule"]["objectOwnership"]}]}}

    def properties(self, found: Any) -> Properties:
        return {"rule": {"objectOwnership": found["Rules"][0]["ObjectOwnership"]}}


class Encryption(_Aspect):
    """Encryption of a bucket."""

    token = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    accepts = {"bucket", "rules"}
    put, get, remove = "put_bucket_encryption", "get_bucket_encryption", "delete_bucket_encryption"
    at = "ServerSideEncryptionConfiguration"

    def setting(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        rules = []
        for rule in inputs["rules"]:
            given = rule["applyServerSideEncryptionByDefault"]
            default = {"SSEAlgorithm": given["sseAlgorithm"], "KMSMasterKeyID": given.get("kmsMasterKeyId")}
            rules.append(
                {
                    "ApplyServerSideEncryptionByDefault": {key: value for key, value in default.items() if value},
                    "BucketKeyEnabled": bool(rule.get("bucketKeyEnabled")),
                }
            )
        return {self.at: {"Rules": rules}}


class Versioning(_Aspect):
    """Versioning of a bucket."""

    token = "aws:s3/bucketVersioning:BucketVersioning"
    accepts = {"bucket", "versioningConfiguration", "mfa"}
    put, get, remove, at = "put_bucket_versioning", "get_bucket_versioning", None, "Status"

    def setting(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        return {"VersioningConfiguration": {"Status": inputs["versioningConfiguration"]["status"]}}

    def properties(self, found: Any) -> Properties:
        return {"versioningConfiguration": {"status": found}}


class Lifecycle(_Aspect):
    """Lifecycle rules of a bucket."""

    token = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    accepts = {"bucket", "rules"}
    put, get = "put_bucket_lifecycle_configuration", "get_bucket_lifecycle_configuration"
    remove, at = "delete_bucket_lifecycle", "Rules"

    def setting(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        operation = "put_bucket_lifecycle_configuration"
        given = {"lifecycleConfiguration": {"rules": inputs["rules"]}}
        return aws.shaped("s3", operation, given)


class ObjectLock(_Aspect):
    """Object lock of a bucket."""

    token = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
    accepts = {"bucket", "rule", "objectLockEnabled"}
    put, get = "put_object_lock_configuration", "get_object_lock_configuration"
    remove, at = None, "ObjectLockConfiguration"

    def setting(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        shaped = {"objectLockConfiguration": {"objectLockEnabled": "Enabled", "rule": inputs.get("rule")}}
        return aws.shaped("s3", self.put, shaped)


class Policy(_Aspect):
    """The policy of a bucket."""

    token = "aws:s3/bucketPolicy:BucketPolicy"
    accepts = {"bucket", "policy"}
    put, get, remove, at = "put_bucket_policy", "get_bucket_policy", "delete_bucket_policy", "Policy"

    def setting(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        return {"Policy": document(inputs["policy"])}

    def properties(self, found: Any) -> Properties:
        return {"policy": found}


class AccountPublicAccessBlock(Kind):
    """The same block for every bucket of the account."""

    token = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
    accepts = {"accountId", *BLOCKS}
    replaces = {"accountId"}
    taggable = False

    def create(self, aws: Aws, inputs: Properties) -> str:
        id_ = inputs.get("accountId") or aws.account_id
        self.update(aws, id_, inputs, frozenset(), {})
        return id_

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        path = "PublicAccessBlockConfiguration"
        found = aws.find("s3control", "get_public_access_block", path, AccountId=id_)
        return None if found is None else {"accountId": id_, **_blocked(found)}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Set[str], old: Properties) -> None:
        blocks = _blocks(new)
        aws.call("s3control", "put_public_access_block", AccountId=id_, PublicAccessBlockConfiguration=blocks)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.call("s3control", "delete_public_access_block", AccountId=id_)


KINDS = (
    Bucket, PublicAccessBlock, OwnershipControls, Encryption, Versioning, Lifecycle, ObjectLock, Policy,
    AccountPublicAccessBlock,
)  # fmt: skip
