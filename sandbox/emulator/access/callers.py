"""The signer of a request: STS's checks of a presigned GetCallerIdentity. moto accepts any signature.

Source: the Signature Version 4 pages of the IAM user guide, read on 2026-11-28. A presigned request to STS expires 15
minutes after its date, whatever X-Amz-Expires says (aws-iam-authenticator v0.7.18, pkg/token/token.go).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

ALGORITHM, TERMINATOR, SERVICE, SIGNATURE = "AWS4-HMAC-SHA256", "aws4_request", "sts", "X-Amz-Signature"
DATE_FORMAT = "%Y%m%dT%H%M%SZ"
LIFETIME = timedelta(minutes=15)
SKEW = timedelta(minutes=5)
"""How far a client's clock may be ahead."""


class StsError(Exception):
    """A refusal by STS; begins with its code. Contains no part of the signature."""


@dataclass(frozen=True)
class Caller:
    """The response of GetCallerIdentity, and the parts of it that EKS uses."""

    arn: str
    account: str
    principal_id: str
    """The unique ID of the user or the role, which another one of the same name does not have."""
    session: str
    """The name of the role's session; empty for users."""
    access_key_id: str


@dataclass(frozen=True)
class _Key:
    secret: str
    token: str | None
    caller: Caller
    ends: datetime | None


def caller_of(query: Mapping[str, str], headers: Mapping[str, str], now: datetime | None = None) -> Caller:
    """The signer of a GET of `/`.

    Args:
        query: the request's parameters, decoded.
        headers: headers of the request, with names in lower case.
        now: a time other than the present.

    Raises:
        StsError: unknown, expired or inactive credentials, or an invalid signature.
    """
    at = now or datetime.now(UTC)
    scope = query.get("X-Amz-Credential", "").split("/")
    if query.get("X-Amz-Algorithm") != ALGORITHM or len(scope) != 5 or scope[3:] != [SERVICE, TERMINATOR]:  # noqa: PLR2004
        raise StsError("IncompleteSignature: the credential's scope is not KEY/DATE/REGION/sts/aws4_request")
    key_id, day, region = scope[:3]
    date = query.get("X-Amz-Date", "")
    if not date.startswith(f"{day}T"):
        raise StsError("SignatureDoesNotMatch: date in Credential scope does not match YYYYMMDD from X-Amz-Date")
    signed = _time(date)
    if signed > at + SKEW:
        raise StsError("SignatureDoesNotMatch: Signature not yet current")
    if signed + LIFETIME < at:
        raise StsError("SignatureDoesNotMatch: Signature expired")
    key = _key(key_id, region)
    if key is None or query.get("X-Amz-Security-Token") != key.token:
        raise StsError("InvalidClientTokenId: the security token included in the request is invalid")
    if key.ends is not None and key.ends < at:
        raise StsError("ExpiredToken: the security token included in the request is expired")
    ours = _signature(key.secret, f"{day}/{region}/{SERVICE}/{TERMINATOR}", query, headers)
    if not hmac.compare_digest(ours.encode(), query.get(SIGNATURE, "").encode()):
        raise StsError("SignatureDoesNotMatch: the request signature we calculated does not match")
    return key.caller


def _time(date: str) -> datetime:
    try:
        return datetime.strptime(date, DATE_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise StsError("IncompleteSignature: X-Amz-Date is no ISO 8601 date") from None


def _signature(secret: str, scope: str, query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    names = query.get("X-Amz-SignedHeaders", "").split(";")
    if "host" not in names:
        raise StsError("SignatureDoesNotMatch: 'Host' must be a 'SignedHeader' in the AWS Authorization")
    # A signed header that does not arrive changes the signature.
    lines = "".join(f"{name}:{' '.join(headers.get(name, '').split())}\n" for name in names)
    pairs = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in query.items())
    canonical_query = "&".join(f"{name}={value}" for name, value in pairs if name != SIGNATURE)
    body = hashlib.sha256(b"").hexdigest()
    canonical = f"GET\n/\n{canonical_query}\n{lines}\n{';'.join(names)}\n{body}"
    text = f"{ALGORITHM}\n{query['X-Amz-Date']}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    derived = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), text):
        derived = hmac.digest(derived, part.encode(), "sha256")
    return derived.hex()


def _key(key_id: str, region: str) -> _Key | None:
    """The access key with this ID, of any account; None if there is no active one."""
    partition = get_partition(region)
    for account in list(sts_backends):
        session = sts_backends[account][partition].get_assumed_role_from_access_key(key_id)
        if session is not None:
            principal_id, _, name = session.user_id.partition(":")
            caller = Caller(session.arn, account, principal_id, name, key_id)
            ends = session.expiration.replace(tzinfo=UTC)
            return _Key(session.secret_access_key, session.session_token, caller, ends)
    for account in list(iam_backends):
        iam = iam_backends[account][partition]
        user = iam.get_user_from_access_key_id(key_id)
        if user is not None and iam.access_keys[key_id].status == "Active":
            caller = Caller(user.arn, account, user.id, "", key_id)
            return _Key(iam.access_keys[key_id].secret_access_key, None, caller, None)
    return None
