"""No secret that the program makes is in an ID, a URN, a plain output (tags are among them) or a plain export."""

from __future__ import annotations

import json

import pulumi_random as random

from sandbox.providers.mocks import Run
from tests.conftest import Deploy
from tests.support.engine import secret_values
from tests.support.program import whole_program


def leaks(run: Run) -> dict[str, set[str]]:
    """Where a secret of the run can be read first -> whose it is."""
    state = [
        {
            "type": one.type,
            "urn": one.urn,
            "outputs": {
                name: {secret_values.SECRET: "", "plaintext": json.dumps(one.outputs[name])} for name in one.secrets
            },
        }
        for one in run.resources
    ]
    values = secret_values.of_state({"resources": state})
    assert values
    shown = {f"{one.urn} ({kind})": text for one in run.resources for kind, text in (("ID", one.id), ("URN", one.urn))}
    for one in run.resources:
        plain = {name: value for name, value in one.outputs.items() if name not in one.secrets}
        shown[f"{one.urn} (outputs)"] = json.dumps(plain)
    shown["exports"] = json.dumps({name: each for name, each in run.exports.items() if name not in run.secret_exports})
    search = secret_values.Search(values)
    found = {place: search.found(text) for place, text in shown.items()}
    return {place: whose for place, whose in found.items() if whose}


def test_no_secret_of_the_whole_program_is_shown() -> None:
    run = whole_program.made()
    assert {"vpn-tls-crypt", "vpn-ada-totp", "deis-database-password"} <= {
        one.name.removeprefix("palisade-") for one in run.resources if one.type.startswith("random:")
    }
    assert leaks(run) == {}


def test_random_bytes_would_be(deploy: Deploy) -> None:
    found = leaks(deploy(lambda: random.RandomBytes("seed", length=20)))
    assert found == {"urn:pulumi:test::palisade::random:index/randomBytes:RandomBytes::seed (ID)": {"seed.base64"}}
