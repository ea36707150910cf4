"""No secret of the stack is anywhere in plain text: each is searched for by its value."""

from __future__ import annotations

import secrets
from collections import defaultdict
from functools import partial
from itertools import chain

import pulumi
import pulumi_kubernetes as k8s
import pytest

from tests.engine.conftest import Sandbox
from tests.support.engine import secret_values

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
    for name, text in secret_values.everywhere(sandbox):
        looked_at[name] = len(text)
        if where := search.found(text):
            found[name] = sorted(where)
    assert found == {}
    files = {name.partition("/")[0] for name in looked_at if "/" in name}
    assert files >= {"backend", "logs", "pulumi", "projects"}
    assert looked_at["user data"] > 10_000
    assert looked_at["Kubernetes"] > 100_000
    assert not [name for name in (*secret_values.SERVICES, *secret_values.BY_NAME) if looked_at[name] < 300]


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


def leaking(leaks: dict[str, str]) -> None:
    """A program that tells what it should not."""
    pulumi.export("given", leaks["backend"])
    pulumi.log.info(leaks["logs"])
    k8s.core.v1.ConfigMap("leak", metadata={"namespace": "default"}, data={"given": leaks["Kubernetes"]})


@pytest.mark.usefixtures("standing")
def test_what_a_program_gives_away_is_found_in_every_place(sandbox: Sandbox) -> None:
    """Its services are tests/unit/test_secret_values.py's."""
    leaks = {place: f"leak-{secrets.token_hex(16)}" for place in ("backend", "logs", "projects", "Kubernetes")}

    settings = {"leaking:given": leaks["projects"]}
    stack = sandbox.engine().stack("leaking", partial(leaking, leaks), settings, project="leaking", pack=None)
    stack.up()
    try:
        found = set()
        for name, text in chain(secret_values.files(sandbox), [secret_values.of_kubernetes(sandbox)]):
            place = name.partition("/")[0]
            if place in leaks and secret_values.Search({leaks[place]: place}).found(text):
                found.add(place)
    finally:
        stack.destroy()
        stack.remove()
    assert found == leaks.keys()
