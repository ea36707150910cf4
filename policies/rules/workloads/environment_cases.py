"""Cases of environment.py."""

from __future__ import annotations

from typing import Final

from policies.kernel.cases import UNKNOWN, Case, fail, ok, unknown
from policies.rules.workloads.environment import NO_SECRET
from policies.rules.workloads.pods import CONTAINER, deployment

_ARGS: Final = "containers.0.args"
_ENV, _ENV_AT = "containers.0.env", f"{CONTAINER}.env[0].value"


def _variable(name: str, **more: object) -> dict[str, object]:
    return {"name": name, **more}


CASES: dict[str, tuple[Case, ...]] = {
    NO_SECRET.id: (
        ok("reference", deployment({_ENV: [_variable("DB_PASSWORD", valueFrom={"secretKeyRef": {"name": "db"}})]})),
        ok("name_of_a_file", deployment({_ENV: [_variable("DB_PASSWORD_FILE", value="/run/db")]})),
        fail("password", deployment({_ENV: [_variable("DB_PASSWORD", value="hunter2")]}), at=_ENV_AT),
        fail("key_made_with_it", deployment({_ENV: [_variable("AWS_SECRET_ACCESS_KEY", value=UNKNOWN)]}), at=_ENV_AT),
        ok("of_another_variable", deployment({_ENV: [_variable("PASSWORD", value="$(DB_PASSWORD)")]})),
        ok("option_that_names_a_secret", deployment({_ARGS: ["--tls-secret=web-tls", "--token=$(TOKEN)"]})),
        fail("in_an_address", deployment({_ENV: [_variable("DB", value="postgres://web:hunter2@db/web")]}), at=_ENV_AT),
        fail("option", deployment({_ARGS: ["--db-password=hunter2"]}), at=f"{CONTAINER}.args[0]"),
        fail("key_of_aws", deployment({_ARGS: ["--id", "AKIAIOSFODNN7EXAMPLE"]}), at=f"{CONTAINER}.args[1]"),
        unknown("environment_decided_later", deployment({_ENV: UNKNOWN})),
    ),
}
