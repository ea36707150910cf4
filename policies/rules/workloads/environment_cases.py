"""Cases of environment.py."""

from __future__ import annotations

from typing import Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.workloads.environment import NO_SECRET
from policies.rules.workloads.pods import CONTAINER, deployment, pod_spec

_ARGS: Final = "containers.0.args"
_ENV, _ENV_AT = "containers.0.env", f"{CONTAINER}.env[0].value"


_PROBE, _HOOK = "containers.0.livenessProbe", "containers.0.lifecycle.postStart"
_ARN: Final = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db"
_PEM: Final = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----"
_TOKEN: Final = "ghp_0123456789abcdefghijABCDEFGHIJ012345"  # noqa: S105 - what the rule must find
_CLAIM: Final = {"metadata": {"name": "data", "annotations": {"ci": _TOKEN}}, "spec": {}}
_CONFIG_MAP: Final = "kubernetes:core/v1:ConfigMap"
_LIST: Final = "kubernetes:core/v1:List"


def _config_map(data: dict[str, str], type_: str = _CONFIG_MAP) -> Item:
    return Item(type=type_, props={"metadata": {"name": "web", "namespace": "shop"}, "data": data})


def _listed(kind: str, **more: object) -> Item:
    return Item(type=_LIST, props={"items": [{"apiVersion": "v1", "kind": kind, "metadata": {"name": "web"}, **more}]})


def _annotated(annotations: dict[str, str]) -> Item:
    return Item(type="kubernetes:core/v1:Service", props={"metadata": {"name": "web", "annotations": annotations}})


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
        ok("switch", deployment({_ENV: [_variable("ALLOW_EMPTY_PASSWORD", value="no")]})),
        ok("arn_of_a_secret", deployment({_ENV: [_variable("DB_SECRET", value=_ARN)]})),
        ok("probe", deployment({_PROBE: {"exec": {"command": ["pg_isready", "-U", "$(USER)"]}}})),
        fail(
            "in_a_probe",
            deployment({_PROBE: {"exec": {"command": ["sh", "-c", "curl -u ada:hunter22 http://localhost"]}}}),
            at=f"{CONTAINER}.livenessProbe.exec.command[2]",
        ),
        fail(
            "in_a_header_of_a_probe",
            deployment(
                {_PROBE: {"httpGet": {"port": 80, "httpHeaders": [_variable("Authorization", value="Basic x")]}}}
            ),
            at=f"{CONTAINER}.livenessProbe.httpGet.httpHeaders[0].value",
        ),
        fail(
            "in_a_hook",
            deployment({_HOOK: {"exec": {"command": ["sh", "-c", "PGPASSWORD=hunter22 psql"]}}}),
            at=f"{CONTAINER}.lifecycle.postStart.exec.command[2]",
        ),
        ok("ordinary_config_map", _config_map({"app.conf": "level=info\npassword=${DB_PASSWORD}\n"})),
        fail("password_in_a_config_map", _config_map({"app.conf": "db.password=hunter22\n"}), at='data["app.conf"]'),
        fail("key_in_a_config_map", _config_map({"tls.key": _PEM}), at='data["tls.key"]'),
        fail("named_in_a_config_map", _config_map({"API_KEY": "x1y2"}), at="data.API_KEY"),
        fail("config_map_patched", _config_map({"API_KEY": "x1y2"}, f"{_CONFIG_MAP}Patch"), at="data.API_KEY"),
        fail("config_map_in_a_list", _listed("ConfigMap", data={"API_KEY": "x1y2"}), at="items[0].data.API_KEY"),
        ok("secret_in_a_list", _listed("Secret", data={"API_KEY": "eDF5Mg=="})),
        fail("token_in_an_annotation", _annotated({"ci": _TOKEN}), at="metadata.annotations.ci"),
        fail(
            "token_in_the_template's_annotation",
            deployment(metadata={"annotations": {"ci": _TOKEN}}),
            at="spec.template.metadata.annotations.ci",
        ),
        fail(
            "token_in_a_claim's_annotation",
            deployment({"volumes": [{"name": "data", "ephemeral": {"volumeClaimTemplate": _CLAIM}}]}),
            at="spec.template.spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.annotations.ci",
        ),
        fail(
            "token_in_a_claim_of_a_stateful_set",
            Item(
                type="kubernetes:apps/v1:StatefulSet",
                props={"spec": {"template": {"spec": pod_spec()}, "volumeClaimTemplates": [_CLAIM]}},
            ),
            at="spec.volumeClaimTemplates[0].metadata.annotations.ci",
        ),
        unknown("environment_decided_later", deployment({_ENV: UNKNOWN})),
    ),
}
