"""All secret values of a stack, and all places that must not contain any of them."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import re
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, PaginationError
from botocore.parsers import ResponseParserError
from cryptography.hazmat.primitives import serialization

from tests.engine.conftest import Sandbox

Client = Callable[..., Any]
"""Makes a client of AWS: service, configuration."""
SECRET = "4dabf18193072939515e22adb298388d"
"""The key with which the engine marks special values, a secret's among them."""
SHORTEST = 16
"""Characters of the shortest secret that is made here; a shorter text is found everywhere."""
KEPT_SECRET = ("PRIVATE KEY", "OpenVPN Static key", "OpenVPN tls-crypt-v2 client key")
BLOCK = re.compile(r"-----BEGIN ([^-]+)-----\n(.*?)-----END \1-----", re.DOTALL)
MADE = ("random:", "tls:index/privateKey:", "aws:iam/accessKey:")
"""Types whose secret outputs are secrets as they stand."""
COMMON_HEAD = "OPENSSH"
"""The first line of such a key is the same for every key of its kind."""
SERVICES = (
    "accessanalyzer", "autoscaling", "cloudtrail", "cloudwatch", "ec2", "elbv2", "events", "iam", "kms", "logs", "rds",
    "resourcegroupstaggingapi", "route53", "route53resolver", "s3", "sns", "ssm",
)  # fmt: skip
"""All that the sandbox's stack uses, but for Secrets Manager, which is made for secrets, and those of BY_NAME alone."""
PATIENCE_SECONDS = 300
LOOKING = ("Describe", "List", "Get")
CATALOGUES = {"DescribeImages", "DescribeInstanceTypes", "DescribeInstanceTypeOfferings", "ListPolicies"}
"""What AWS tells everybody alike, and takes long to."""
UNSEARCHED = ("etcd", "pki", "bin", "passphrase", "kubeconfig", ".kubeconfig")
"""The sandbox's own keys, and etcd, which keeps Kubernetes's Secrets as every cluster does."""


def of_state(deployment: dict[str, Any]) -> dict[str, str]:
    """Value -> its source, from a state exported with plaintext secrets: each line of a key is a value."""
    found: dict[str, str] = {}
    for resource in deployment["resources"]:
        made = resource["type"].startswith(MADE)
        for where, value in _marked(resource.get("outputs") or {}, resource["urn"].rpartition("::")[2]):
            for text in _texts(json.loads(value)):
                found |= {part: where for part in _kept(text, whole=made) if len(part) >= SHORTEST}
    return found


MEANT_FOR = {
    "aws:rds/instance:Instance.password",
    "aws:secretsmanager/secretVersion:SecretVersion.secretString",
    "kubernetes:core/v1:Secret.data",
}
"""Inputs that are made to take secrets."""


def given(deployment: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(Type.input, text) of everything sent to AWS and Kubernetes, including tags and descriptions."""
    for resource in deployment["resources"]:
        if resource["type"].startswith(("aws:", "kubernetes:")):
            for name, value in (resource.get("inputs") or {}).items():
                yield f"{resource['type']}.{name}", "\n".join(_shown(value))


def _shown(value: Any) -> Iterator[str]:
    """All texts in an input; secret, base64 and compressed ones decoded."""
    if isinstance(value, dict) and SECRET in value:
        yield from _shown(json.loads(value["plaintext"]))
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _shown(inner)
    elif isinstance(value, str):
        yield value
        with contextlib.suppress(ValueError):
            yield unpacked(value)


def unpacked(text: str) -> str:
    """The content of a base64 text, which may be compressed with gzip.

    Raises:
        ValueError: it is not base64.
    """
    raw = base64.b64decode(text, validate=True)
    return (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode()


def _marked(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and SECRET in value:
        yield where, value["plaintext"]
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _marked(inner, f"{where}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from _marked(inner, where)


def _texts(value: Any) -> Iterator[str]:
    """All texts in a value, including those in JSON within a text."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
    elif isinstance(value, str):
        try:
            inner = json.loads(value)
        except ValueError:
            inner = None
        if isinstance(inner, dict | list):
            yield from _texts(inner)
        else:
            yield value


def _kept(text: str, *, whole: bool) -> Iterator[str]:
    """The secret parts of a text: the lines of its keys, the seed of an enrolment, or the whole text."""
    blocks = BLOCK.findall(text)
    for title, body in blocks:
        if any(kept in title for kept in KEPT_SECRET):
            public = _public_half(f"-----BEGIN {title}-----\n{body}-----END {title}-----\n")
            lines = body.splitlines()[1 if COMMON_HEAD in title else 0 :]
            yield from (line for line in lines if line not in public)
    if text.startswith("otpauth://"):
        yield urllib.parse.parse_qs(urllib.parse.urlsplit(text).query)["secret"][0]
    elif whole and not blocks and not text.startswith(("ssh-", "ecdsa-")):
        yield text


def _public_half(pem: str) -> str:
    """The public key contained in a private key, in base64 at any alignment; empty if the text is not such a key."""
    if "PRIVATE KEY" not in pem:
        return ""
    load = serialization.load_ssh_private_key if COMMON_HEAD in pem else serialization.load_pem_private_key
    public = load(pem.encode(), None).public_key()
    spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    ssh = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).split()[1]
    blobs = (spki, base64.b64decode(ssh))
    return " ".join(base64.b64encode(b"\0" * shift + blob).decode() for blob in blobs for shift in range(3))


def forms(value: str) -> set[str]:
    """The value as encoded in JSON, in a URL, in base64 at any position of a text, and in hexadecimal."""
    raw, written = value.encode(), {value, json.dumps(value)[1:-1], urllib.parse.quote(value, safe="")}
    # In Go's JSON encoding.
    written.add(value.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
    for shift in range(3):
        # The characters that depend on the neighbouring bytes are omitted.
        encoded = base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 : -4].decode()
        written |= {encoded, encoded.translate(str.maketrans("+/", "-_"))}
    return {*written, raw.hex()}


def everywhere(sandbox: Sandbox) -> Iterator[tuple[str, str]]:
    """Name and text of every place that could contain a secret."""
    yield from files(sandbox)
    yield from of_aws(sandbox.aws)
    yield of_kubernetes(sandbox)


def files(sandbox: Sandbox) -> Iterator[tuple[str, str]]:
    """(Path, text) of the state and its history, the engine's output, settings and logs."""
    for path in sorted(sandbox.folder.rglob("*")):
        relative = path.relative_to(sandbox.folder)
        if path.is_file() and not path.is_symlink() and not relative.parts[0].endswith(UNSEARCHED):
            yield str(relative), path.read_text(errors="replace")


def of_aws(client: Client) -> Iterator[tuple[str, str]]:
    """(Name, text) of all AWS responses, also to callers who may not read secrets."""
    with ThreadPoolExecutor() as pool:
        yield from zip(SERVICES, pool.map(lambda service: _descriptions(client, service), SERVICES), strict=True)
    for name, ask in BY_NAME.items():
        yield name, json.dumps(list(ask(client)), default=str)


def _descriptions(client: Client, service: str) -> str:
    """The responses of all operations of a service that need no parameters."""
    asked = client(service, Config(retries={"total_max_attempts": 1}, read_timeout=PATIENCE_SECONDS))
    answers: list[Any] = []
    for method, operation in asked.meta.method_to_api_mapping.items():
        shape = asked.meta.service_model.operation_model(operation).input_shape
        if not operation.startswith(LOOKING) or operation in CATALOGUES or (shape and shape.required_members):
            continue
        try:
            answers.extend(_pages(asked, method))
        except (HTTPClientError, PaginationError):
            # No response, or a partial one, does not prove the absence of secrets.
            raise
        except (ClientError, BotoCoreError, ResponseParserError):
            # Not supported by this emulator, or requires a parameter that is not in the model.
            continue
    return json.dumps(answers, default=str)


def _pages(client: Any, method: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    if client.can_paginate(method):
        yield from client.get_paginator(method).paginate(**parameters)
    else:
        yield getattr(client, method)(**parameters)


def _clusters(client: Client) -> Iterator[dict[str, Any]]:
    eks = client("eks")
    for cluster in eks.list_clusters()["clusters"]:
        yield eks.describe_cluster(name=cluster)
        for addon in eks.list_addons(clusterName=cluster)["addons"]:
            yield eks.describe_addon(clusterName=cluster, addonName=addon)
        for group in eks.list_nodegroups(clusterName=cluster)["nodegroups"]:
            yield eks.describe_nodegroup(clusterName=cluster, nodegroupName=group)
        for principal in eks.list_access_entries(clusterName=cluster)["accessEntries"]:
            yield eks.describe_access_entry(clusterName=cluster, principalArn=principal)


def _detectors(client: Client) -> Iterator[dict[str, Any]]:
    guardduty = client("guardduty")
    for detector in guardduty.list_detectors()["DetectorIds"]:
        yield guardduty.get_detector(DetectorId=detector)


def _dashboards(client: Client) -> Iterator[dict[str, Any]]:
    cloudwatch = client("cloudwatch")
    for dashboard in cloudwatch.list_dashboards()["DashboardEntries"]:
        yield cloudwatch.get_dashboard(DashboardName=dashboard["DashboardName"])


def _log_events(client: Client) -> Iterator[dict[str, Any]]:
    logs = client("logs")
    for page in _pages(logs, "describe_log_groups"):
        for group in page["logGroups"]:
            yield from _pages(logs, "filter_log_events", logGroupName=group["logGroupName"])


def user_data(client: Client) -> Iterator[str]:
    """All versions of all launch templates, decoded and decompressed."""
    ec2 = client("ec2")
    for template in ec2.describe_launch_templates()["LaunchTemplates"]:
        versions = ec2.describe_launch_template_versions(LaunchTemplateId=template["LaunchTemplateId"])
        for version in versions["LaunchTemplateVersions"]:
            if told := version["LaunchTemplateData"].get("UserData"):
                yield unpacked(told)


BY_NAME: Mapping[str, Callable[[Client], Iterator[Any]]] = {
    "clusters": _clusters,
    "detectors": _detectors,
    "dashboards": _dashboards,
    "log events": _log_events,
    "user data": user_data,
}
"""What has to be asked for by name."""


def of_kubernetes(sandbox: Sandbox) -> tuple[str, str]:
    """Name and text of all objects on the API server, except Secrets."""
    api, found = sandbox.api, []
    groups = [group["preferredVersion"]["groupVersion"] for group in api.request("GET", "/apis")["groups"]]
    for base in ("/api/v1", *(f"/apis/{version}" for version in groups)):
        for resource in api.request("GET", base)["resources"]:
            if "list" in resource["verbs"] and resource["kind"] != "Secret":
                found += api.request("GET", f"{base}/{resource['name']}")["items"]
    return "Kubernetes", json.dumps(found)


class Search:
    """Search for secrets in texts; a text that was searched before, such as most of a state's history, is skipped."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._forms = [(form, where) for value, where in secrets.items() for form in forms(value)]
        self._seen: set[str] = set()

    def found(self, text: str) -> set[str]:
        """The sources of the secrets in a text: never their values."""
        # No generated secret contains a space or a quotation mark.
        words = {word for word in re.split(r"[\s\"']+", text) if len(word) >= SHORTEST} - self._seen
        self._seen |= words
        fresh = "\n".join(words)
        return {where for form, where in self._forms if form in fresh}


def state_of(sandbox: Sandbox) -> dict[str, Any]:
    """The stack's state with plaintext secrets."""
    return json.loads(sandbox.must_pulumi("stack", "export", "--show-secrets"))["deployment"]
