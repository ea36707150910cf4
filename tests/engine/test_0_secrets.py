"""No secret of the stack is anywhere in plain text: each is searched for by its value."""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections import defaultdict

import pytest

from tests.engine import secret_values
from tests.engine.conftest import Sandbox

MADE_SECRET = {
    "palisade-deis-administrator-password",
    "palisade-deis-builder-key",
    "palisade-deis-database-password",
    "palisade-deis-django-key",
    "palisade-deis-slugs-access-1",
    "palisade-deis-ssh-host-ecdsa",
    "palisade-deis-ssh-host-rsa",
    "palisade-vpn-ada-tls-crypt",
    "palisade-vpn-ada-totp",
    "palisade-vpn-authority-client-lin-key",
    "palisade-vpn-authority-key",
    "palisade-vpn-host-ed25519",
    "palisade-vpn-host-rsa",
    "palisade-vpn-server",
    "palisade-vpn-tls-crypt",
}
"""Some of what the search has to know of."""


@pytest.mark.usefixtures("standing")
def test_no_secret_is_in_the_state_the_output_the_logs_user_data_tags_services_or_kubernetes(sandbox: Sandbox) -> None:
    values = secret_values.of_state(secret_values.state_of(sandbox))
    assert {where.partition(".")[0] for where in values.values()} >= MADE_SECRET
    search, looked_at = secret_values.Search(values), {}
    found = {}
    for name, text in secret_values.places(sandbox):
        looked_at[name] = len(text)
        if where := search.found(text):
            found[name] = sorted(where)
    assert found == {}
    files = {name.partition("/")[0] for name in looked_at if "/" in name}
    assert files >= {"backend", "logs", "pulumi", "projects"}
    assert looked_at["user data"] > 10_000
    assert looked_at["Kubernetes"] > 100_000
    assert not [name for name in (*secret_values.SERVICES, "by name") if looked_at[name] < 300]


@pytest.mark.usefixtures("standing")
def test_secrets_are_sent_to_nothing_but_what_is_made_for_them(sandbox: Sandbox) -> None:
    """Tags, names, descriptions, policies and dashboards of every service are inputs of some resource."""
    deployment = secret_values.state_of(sandbox)
    values = secret_values.of_state(deployment)
    texts = defaultdict(list)
    for where, text in secret_values.given(deployment):
        texts[where].append(text)
    assert {where.rpartition(".")[2] for where in texts} >= {"tags", "description", "policy", "userData", "spec"}
    found = {where for where, each in texts.items() if secret_values.Search(values).found("\n".join(each))}
    assert found == secret_values.MEANT_FOR & texts.keys()
    assert len(found) >= len(secret_values.MEANT_FOR) - 1


VALUE = "Zx9+k/Qm3_Lr5-Tt7%Vv1#"


@pytest.mark.parametrize(
    "text",
    [
        f"password={VALUE}",
        json.dumps({"nested": json.dumps({"password": VALUE})}),
        json.dumps({"data": base64.b64encode(VALUE.encode()).decode()}),
        base64.b64encode(f"xy: {VALUE} and more".encode()).decode(),
        base64.b64encode(f"xyz: {VALUE} and more".encode()).decode(),
        base64.urlsafe_b64encode(f"wxyz: {VALUE} and more".encode()).decode(),
        f"https://example.org/?p={urllib.parse.quote(VALUE, safe='')}",
        f"0x{VALUE.encode().hex()}",
    ],
    ids=[
        "plain",
        "JSON in JSON",
        "base64",
        "base64, shifted",
        "base64, shifted twice",
        "for URLs",
        "URL",
        "hexadecimal",
    ],
)
def test_the_search_finds_a_secret_however_it_is_written(text: str) -> None:
    assert secret_values.Search({VALUE: "here"}).found(text) == {"here"}
