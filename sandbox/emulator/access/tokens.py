"""Verify a token of `aws eks get-token`: a presigned GetCallerIdentity of STS, bound to a cluster's name.

The checks are those of aws-iam-authenticator v0.7.18 (pkg/token/token.go), read on 2026-11-28, with two differences:
the only STS is the sandbox's, on HTTP, and the names of parameters must have the SDKs' spelling.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from sandbox.emulator.access.callers import DATE_FORMAT, LIFETIME, Caller, caller_of

PREFIX = "k8s-aws-v1."
MAX_BYTES = 4096
CLUSTER_HEADER = "x-k8s-aws-id"
MAX_EXPIRES_SECONDS = 900
PARAMETERS = frozenset(
    {
        "Action",
        "Version",
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-Security-Token",
        "X-Amz-Signature",
        "X-Amz-SignedHeaders",
    }
)
DATE = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
PRINTABLE = re.compile(r"[\x21-\x7e]+")
BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class FormatError(Exception):
    """The token is invalid, or encodes another request than GetCallerIdentity. Contains no part of the token."""


def verify(token: str, cluster: str, endpoint: str, now: datetime | None = None) -> Caller:
    """The signer of a token.

    Args:
        token: as the API server received it.
        cluster: the name of the cluster for which it must be valid.
        endpoint: the URL of the STS.
        now: a time other than the present.

    Raises:
        FormatError: not a token of this kind, or an expired one.
        StsError: STS refuses it; also a token for another cluster, because the cluster's name is signed.
    """
    query = read(token, endpoint, now)
    return caller_of(query, {"host": urlsplit(endpoint).netloc, CLUSTER_HEADER: cluster}, now)


def read(token: str, endpoint: str, now: datetime | None = None) -> dict[str, str]:
    """The parameters of the token's request, decoded.

    Raises:
        FormatError: see `verify`.
    """
    try:
        url = urlsplit(_url(token))
    except ValueError:
        raise FormatError("no URL") from None
    wanted = urlsplit(endpoint)
    if url.scheme != wanted.scheme:
        raise FormatError(f"unexpected scheme in pre-signed URL, required {wanted.scheme}")
    if url.netloc != wanted.netloc:
        raise FormatError(f"unexpected hostname in pre-signed URL, required {wanted.netloc}")
    if url.path != "/" or url.fragment:
        raise FormatError("unexpected path in pre-signed URL")
    query = _parameters(url.query)
    if query.get("Action") != "GetCallerIdentity":
        raise FormatError("unexpected action parameter in pre-signed URL")
    if CLUSTER_HEADER not in query.get("X-Amz-SignedHeaders", "").split(";"):
        raise FormatError(f"client did not sign the {CLUSTER_HEADER} header in the pre-signed URL")
    expires = query.get("X-Amz-Expires", "")
    if not re.fullmatch(r"[0-9]{1,4}", expires) or int(expires) > MAX_EXPIRES_SECONDS:
        raise FormatError("invalid X-Amz-Expires parameter in pre-signed URL")
    date = query.get("X-Amz-Date", "")
    try:
        signed = datetime.strptime(date if DATE.fullmatch(date) else "", DATE_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise FormatError("error parsing X-Amz-Date parameter") from None
    if (now or datetime.now(UTC)) > signed + LIFETIME:
        raise FormatError("X-Amz-Date parameter is expired (15 minute expiration)")
    return query


def _url(token: str) -> str:
    if len(token.encode(errors="replace")) > MAX_BYTES:
        raise FormatError("token is too large")
    encoded = token.removeprefix(PREFIX)
    if encoded == token:
        raise FormatError(f"token is missing expected {PREFIX!r} prefix")
    if not BASE64URL.fullmatch(encoded) or len(encoded) % 4 == 1:
        raise FormatError("illegal base64 data")
    text = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode("latin-1")
    if not PRINTABLE.fullmatch(text) or BROKEN_ESCAPE.search(text):
        raise FormatError("no URL")
    return text


def _parameters(text: str) -> dict[str, str]:
    if ";" in text:
        raise FormatError("malformed query parameter")
    found: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name not in PARAMETERS:
            raise FormatError("non-whitelisted query parameter")
        if name in found:
            raise FormatError(f"duplicate query parameter found: {name}")
        found[name] = value
    return found
