"""Tokens of `aws eks get-token`: the CLI's own are read, and everything that is not exactly one is refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import boto3
import pytest
from awscli.customizations.eks.get_token import STSClientFactory, TokenGenerator
from botocore.exceptions import ClientError
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from sandbox.emulator.access.callers import Caller, StsError
from sandbox.emulator.access.tokens import MAX_BYTES, PREFIX, FormatError, read, verify
from sandbox.emulator.inprocess import emulated_aws
from sandbox.engine.identities import TRUST

ENDPOINT, REGION, CLUSTER = "http://127.0.0.1:4566", "eu-central-1", "palisade"


@dataclass(frozen=True)
class Credentials:
    """An access key, and of a role's session its token."""

    key: str
    secret: str
    token: str | None = None

    def sign(self, cluster: str = CLUSTER, region: str = REGION, endpoint: str = ENDPOINT) -> str:
        """A token, as the AWS CLI makes it."""
        session = Session()
        session.set_credentials(self.key, self.secret, self.token)
        session.set_config_variable("region", region)
        environment = pytest.MonkeyPatch()
        with environment.context() as variables:
            variables.setenv("AWS_ENDPOINT_URL", endpoint)
            client = STSClientFactory(session).get_sts_client(region_name=region)
        return TokenGenerator(client).get_token(cluster)


@pytest.fixture(scope="module")
def aws() -> Iterator[None]:
    with emulated_aws():
        yield


@pytest.fixture(scope="module")
def role(aws: None) -> dict[str, Any]:
    return boto3.client("iam").create_role(RoleName="ada", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]


@pytest.fixture(scope="module")
def ada(role: dict[str, Any]) -> Credentials:
    made = boto3.client("sts", REGION).assume_role(RoleArn=role["Arn"], RoleSessionName="ada@example.org")
    return Credentials(*(made["Credentials"][name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")))


@pytest.fixture(scope="module")
def user(aws: None) -> Credentials:
    iam = boto3.client("iam")
    iam.create_user(UserName="lin")
    made = iam.create_access_key(UserName="lin")["AccessKey"]
    return Credentials(made["AccessKeyId"], made["SecretAccessKey"])


@pytest.fixture(scope="module")
def good(ada: Credentials) -> str:
    return ada.sign()


def url_of(token: str) -> str:
    encoded = token.removeprefix(PREFIX)
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()


def token_of(url: str) -> str:
    return PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def changed(token: str, **parameters: str | None) -> str:
    """The token with other parameters; None leaves one out."""
    url = urlsplit(url_of(token))
    pairs = dict(parse_qsl(url.query)) | {name.replace("_", "-"): value for name, value in parameters.items()}
    return token_of(url._replace(query=urlencode({k: v for k, v in pairs.items() if v is not None})).geturl())


def verified(token: str, cluster: str = CLUSTER, now: datetime | None = None) -> Caller:
    return verify(token, cluster, ENDPOINT, now)


def test_a_session_s_token_says_whose_role_it_is(good: str, role: dict[str, Any], ada: Credentials) -> None:
    assert verified(good) == Caller(
        arn="arn:aws:sts::123456789012:assumed-role/ada/ada@example.org",
        account="123456789012",
        principal_id=role["RoleId"],
        session="ada@example.org",
        access_key_id=ada.key,
    )


def test_a_user_s_token_says_who_it_is_until_the_key_is_turned_off(user: Credentials) -> None:
    token = user.sign()
    assert verified(token).arn == "arn:aws:iam::123456789012:user/lin"
    boto3.client("iam").update_access_key(UserName="lin", AccessKeyId=user.key, Status="Inactive")
    with pytest.raises(StsError, match="InvalidClientTokenId"):
        verified(token)


def test_a_token_ends_after_fifteen_minutes_and_not_before(good: str) -> None:
    made = datetime.now(UTC)
    assert verified(good, now=made + timedelta(minutes=14)).session
    for minutes in (16, 24 * 60):
        with pytest.raises(FormatError, match="expired"):
            verified(good, now=made + timedelta(minutes=minutes))
    with pytest.raises(StsError, match="not yet current"):
        verified(good, now=made - timedelta(minutes=6))


def test_a_session_that_ended_signs_nothing_more(ada: Credentials) -> None:
    later = datetime.now(UTC) + timedelta(hours=1, minutes=1)
    token = changed(ada.sign(), X_Amz_Date=later.strftime("%Y%m%dT%H%M%SZ"))
    token = changed(token, X_Amz_Credential=f"{ada.key}/{later:%Y%m%d}/{REGION}/sts/aws4_request")
    with pytest.raises(StsError, match="ExpiredToken"):
        verified(token, now=later)


def test_no_session_is_of_a_role_that_does_not_exist_or_longer_than_it_allows(role: dict[str, Any]) -> None:
    sts = boto3.client("sts", REGION)
    for wanted, code in (
        ({"RoleArn": f"{role['Arn']}-who-left"}, "AccessDenied"),
        ({"RoleArn": role["Arn"], "DurationSeconds": 3601}, "ValidationError"),
    ):
        with pytest.raises(ClientError) as refused:
            sts.assume_role(RoleSessionName="ada", **wanted)
        assert refused.value.response["Error"]["Code"] == code


def test_another_cluster_s_token_has_another_signature(ada: Credentials, good: str) -> None:
    for token, cluster in ((ada.sign("other"), CLUSTER), (good, "other"), (good, ""), (good, CLUSTER.upper())):
        with pytest.raises(StsError, match="SignatureDoesNotMatch"):
            verified(token, cluster)


def test_an_unknown_key_is_nobody_s(ada: Credentials) -> None:
    for forged in (
        Credentials("testing", "testing"),
        Credentials("AKIAIOSFODNN7EXAMPLE", ada.secret),
        Credentials(ada.key, ada.secret),
        Credentials(ada.key, ada.secret, "another"),
    ):
        with pytest.raises(StsError, match="InvalidClientTokenId"):
            verified(forged.sign())
    with pytest.raises(StsError, match="SignatureDoesNotMatch"):
        verified(Credentials(ada.key, "another", ada.token).sign())


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"Action": "AssumeRole"}, "action"),
        ({"Action": None}, "action"),
        ({"action": "GetCallerIdentity"}, "non-whitelisted"),
        ({"RoleArn": "x"}, "non-whitelisted"),
        ({"X_Amz_SignedHeaders": "host"}, "did not sign"),
        ({"X_Amz_SignedHeaders": "host;x-k8s-aws-id-2"}, "did not sign"),
        ({"X_Amz_Expires": "901"}, "X-Amz-Expires"),
        ({"X_Amz_Expires": "-1"}, "X-Amz-Expires"),
        ({"X_Amz_Expires": "1e2"}, "X-Amz-Expires"),
        ({"X_Amz_Expires": None}, "X-Amz-Expires"),
        ({"X_Amz_Date": None}, "X-Amz-Date"),
        ({"X_Amz_Date": "2026-11-28T00:00:00Z"}, "X-Amz-Date"),
        ({"X_Amz_Date": "20200101T000000Z"}, "expired"),
    ],
)
def test_a_request_of_another_kind_is_no_token(good: str, parameters: dict[str, str | None], words: str) -> None:
    with pytest.raises(FormatError, match=words):
        verified(changed(good, **parameters))


@pytest.mark.parametrize(
    "parameters",
    [
        {"X_Amz_SignedHeaders": "x-k8s-aws-id"},
        {"X_Amz_Algorithm": "AWS4-HMAC-SHA1"},
        {"X_Amz_Signature": None},
        {"X_Amz_Signature": "0" * 64},
        {"X_Amz_Security_Token": None},
        {"X_Amz_Expires": "900"},
        {"Version": "2010-01-01"},
        {"Version": None},
        {"X_Amz_Credential": "key"},
    ],
)
def test_what_was_signed_cannot_be_changed(good: str, parameters: dict[str, str | None]) -> None:
    with pytest.raises(StsError):
        verified(changed(good, **parameters))


@pytest.mark.parametrize("scope", ["20260101/eu-central-1/sts", "{day}/us-east-1/sts", "{day}/eu-central-1/s3"])
def test_a_credential_is_for_this_day_and_service(good: str, ada: Credentials, scope: str) -> None:
    credential = f"{ada.key}/{scope.format(day=datetime.now(UTC).strftime('%Y%m%d'))}/aws4_request"
    with pytest.raises(StsError):
        verified(changed(good, X_Amz_Credential=credential))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda url: url.replace("http://", "https://"), "scheme"),
        (lambda url: url.replace("127.0.0.1:4566", "sts.attacker.example"), "hostname"),
        (lambda url: url.replace("127.0.0.1:4566", "ada@127.0.0.1:4566"), "hostname"),
        (lambda url: url.replace("/?", "/x?"), "path"),
        (lambda url: f"{url}#x", "path"),
        (lambda url: f"{url}&Action=GetCallerIdentity", "duplicate"),
        (lambda url: f"{url};Action=AssumeRole", "malformed"),
        (lambda url: f"{url}&Version=%zz", "no URL"),
        (lambda url: f"{url}\n", "no URL"),
        (lambda url: "http://[::1", "no URL"),
    ],
)
def test_another_url_is_no_token(good: str, change: Any, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        verified(token_of(change(url_of(good))))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda token: token.removeprefix(PREFIX), "prefix"),
        (lambda token: f"k8s-aws-v2.{token.removeprefix(PREFIX)}", "prefix"),
        (lambda token: PREFIX, "base64"),
        (lambda token: f"{token}=", "base64"),
        (lambda token: f"{token}+", "base64"),
        (lambda token: token + "A" * MAX_BYTES, "too large"),
    ],
)
def test_another_encoding_is_no_token(good: str, change: Any, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        verified(change(good))


@given(data=st.data())
def test_no_other_text_is_let_in(good: str, data: st.DataObject) -> None:
    """Any one character of the URL exchanged, dropped or added: refused, with a word about it and no crash."""
    url = url_of(good)
    at = data.draw(st.integers(0, len(url) - 1))
    put = data.draw(st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=2))
    other = url[:at] + put + url[at + 1 :]
    if other == url:
        return
    try:
        verified(token_of(other))
    except (FormatError, StsError):
        return
    same = dict(parse_qsl(urlsplit(other).query)) if other.isascii() and other.isprintable() else {}
    # The same request written in another way, such as %2f for %2F.
    assert same == dict(parse_qsl(urlsplit(url).query))


@given(st.text(max_size=200))
def test_any_text_is_refused_and_quoted_nowhere(text: str) -> None:
    for token in (text, PREFIX + text, token_of(text)):
        with pytest.raises(FormatError) as refused:
            read(token, ENDPOINT)
        assert len(text) < 20 or text not in str(refused.value)
