"""Cases of what Deis's installations share."""

from __future__ import annotations

import base64
from typing import Any, Final

from policies.guidelines.deis import (
    DEFAULT_CREDENTIALS,
    DHPARAM_KEY,
    DHPARAM_NAME,
    SHARED_DH_PARAMETERS_START,
)
from policies.kernel.cases import OMITTED, UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.deis import hygiene
from policies.rules.deis.charts import CHART, release
from policies.rules.deis.registration_cases import controller
from policies.rules.workloads.pods import deployment

_MINIO: Final = DEFAULT_CREDENTIALS["minio"][1]
_SECRET: Final = "kubernetes:core/v1:Secret"  # noqa: S105 - a type
_ENV: Final = "spec.template.spec.containers.0.env"
_ENV_AT: Final = "spec.template.spec.containers[0].env"
_GRAFANA: Final = "GF_SECURITY_ADMIN_PASSWORD"
_SHARED: Final = f"-----BEGIN DH PARAMETERS-----\n{SHARED_DH_PARAMETERS_START}\n"
_REWRAPPED: Final = f"{_SHARED[:60]}\r\n{_SHARED[60:]}"
_OWN: Final = "-----BEGIN DH PARAMETERS-----\nMIIBCAKCAQEA\n"
_SAFE: Final[dict[str, Any]] = {
    "global": {"storage": "s3", "database_location": "off-cluster", "grafana_location": "off-cluster"},
    "router": {DHPARAM_KEY: _OWN},
}


def _secret(field: str, key: str, text: str, name: str = "objectstorage-keyfile") -> Item:
    value = base64.b64encode(text.encode()).decode() if field == "data" else text
    return Item(type=_SECRET, props={"metadata": {"name": name, "namespace": "deis"}, field: {key: value}})


def _dh(field: str, text: str) -> Item:
    return _secret(field, DHPARAM_KEY, text, DHPARAM_NAME)


def _pod(*env: dict[str, Any]) -> Item:
    return deployment({"containers.0.env": list(env)})


CASES: dict[str, tuple[Case, ...]] = {
    hygiene.NO_DEFAULT.id: (
        ok("own_password", _pod({"name": _GRAFANA, "value": "correct horse"})),
        ok("password_from_a_secret", _pod({"name": _GRAFANA, "valueFrom": {"secretKeyRef": {}}})),
        ok("secret", _secret("data", "secretkey", "own")),
        ok("secret_that_is_no_base64", Item(type=_SECRET, props={"data": {"key": "%%%"}})),
        ok("chart_off_cluster", release(_SAFE)),
        fail("grafana", _pod({"name": _GRAFANA, "value": "admin"}), at=f"{_ENV_AT}[0].value"),
        fail("grafana_of_deis", _pod({"name": "DEFAULT_USER_PASSWORD", "value": "admin"}), at=f"{_ENV_AT}[0].value"),
        fail(
            "minio_on_the_command_line",
            deployment({"containers.0.args": [f"--secret-key={_MINIO}"]}),
            at="spec.template.spec.containers[0].args[0]",
        ),
        fail("minio_in_a_pod", _pod({"name": "MINIO_SECRET_KEY", "value": _MINIO}), at=f"{_ENV_AT}[0].value"),
        fail("minio_in_a_secret", _secret("data", "secretkey", _MINIO), at="data.secretkey"),
        fail("minio_as_text", _secret("stringData", "secretkey", _MINIO), at="stringData.secretkey"),
        fail(
            "minio_by_default",
            release({**_SAFE, "global": {"grafana_location": "off-cluster"}}),
            at="values.global.storage",
        ),
        fail(
            "grafana_by_default",
            release({"global": {"storage": "s3"}}, type_=CHART),
            at="values.monitor.grafana.password",
        ),
        unknown("decided_later", _pod({"name": _GRAFANA, "value": UNKNOWN}, {"name": UNKNOWN, "value": "x"})),
        unknown("secret_made_with_it", _secret("stringData", "key", UNKNOWN)),
    ),
    hygiene.SHARED_DH.id: (
        ok("own_parameters", _dh("data", _OWN)),
        ok("chart_with_own_parameters", release(_SAFE)),
        fail("shared_parameters", _dh("data", _SHARED), at="data.dhparam"),
        fail("shared_parameters_as_text", _dh("stringData", _SHARED), at="stringData.dhparam"),
        fail("shared_parameters_in_other_lines", _dh("stringData", _REWRAPPED), at="stringData.dhparam"),
        fail("chart_by_default", release({}), at="values.router.dhparam"),
        fail("chart_with_shared_parameters", release({"router": {DHPARAM_KEY: _SHARED}}), at="values.router.dhparam"),
        unknown("made_with_it", Item(type=_SECRET, props={"data": {DHPARAM_KEY: UNKNOWN}})),
    ),
    hygiene.OFF.id: (
        ok("off_cluster", release(_SAFE)),
        ok("another_deployment", deployment()),
        fail("on_cluster_by_default", release({}), at="values.global.database_location"),
        fail("minio", controller({"metadata.name": "deis-minio"}), at="metadata.name"),
        unknown("name_decided_later", controller({"metadata.name": UNKNOWN, "metadata.namespace": OMITTED})),
    ),
}
