"""Attacks by secrets where many can read them. All of them are invented."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

from policies.kernel.cases import Item
from policies.rules.compute.instances import INSTANCE
from policies.rules.data.plain_secrets_cases import DATABASE, FUNCTION, TASK
from policies.rules.workloads.pods import deployment
from tests.adversary.attack import Attack

IN_PODS, IN_SETTINGS = "no-secret-in-env", "no-secret-in-settings"
CONTAINER: Final = "containers.0"
JWT: Final = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJyb290In0x.c2lnbmF0dXJlc2lnbmF0dXJl"
PEM: Final = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"


def _attack(name: str, why: str, item: Item, blocked_by: str = IN_PODS) -> Attack:
    return Attack(name=name, requirement="INH-4", why=why, items=(item,), blocked_by=blocked_by)


def _config_map(name: str, why: str, data: dict[str, str]) -> Attack:
    metadata = {"name": "web", "namespace": "shop"}
    return _attack(name, why, Item(type="kubernetes:core/v1:ConfigMap", props={"metadata": metadata, "data": data}))


def _set(name: str, why: str, type_: str, /, **props: Any) -> Attack:
    return _attack(name, why, Item(type=type_, props=props), IN_SETTINGS)


ATTACKS: Final = (
    _attack(
        "password_in_a_hook",
        "The hook's command shows it.",
        deployment({f"{CONTAINER}.lifecycle.preStop": {"exec": {"command": ["sh", "-c", "PGPASSWORD=hunter22 psql"]}}}),
    ),
    _attack(
        "token_in_a_probe_s_header",
        "The kubelet sends it to anybody on that port.",
        deployment(
            {
                f"{CONTAINER}.readinessProbe": {
                    "httpGet": {"port": 80, "httpHeaders": [{"name": "Authorization", "value": "Bearer x"}]}
                }
            }
        ),
    ),
    _attack(
        "signed_token_as_an_argument",
        "Everybody who lists processes reads it.",
        deployment({f"{CONTAINER}.args": ["--jwt", JWT]}),
    ),
    _attack(
        "token_in_a_template_s_annotation",
        "Annotations are read by everybody who may view.",
        deployment(metadata={"annotations": {"ci": "glpat-0123456789abcdefghij"}}),
    ),
    _config_map("key_in_a_config_map", "Config maps are no Secrets.", {"tls.pem": PEM}),
    _config_map("key_in_base64", "Base64 is no encryption.", {"tls": base64.b64encode(PEM.encode()).decode()}),
    _config_map("address_with_a_password", "The password is in the URL.", {"url": "amqp://web:hunter22@mq/"}),
    _config_map("payment_key", "The key takes money.", {"env": "key sk_" + "live_0123456789abcdefghij"}),
    _config_map(
        "chat_hook",
        "Anybody writes in the name of the team.",
        {"hook": "https://hooks.slack.com/services/T0/B0/abcdefgh1"},
    ),
    _set(
        "password_of_a_function",
        "GetFunction shows it.",
        FUNCTION,
        role="r",
        environment={"variables": {"dbPassword": "hunter22"}},
    ),
    _set(
        "password_of_a_task",
        "DescribeTaskDefinition shows it.",
        TASK,
        family="web",
        containerDefinitions=json.dumps([{"name": "w", "environment": [{"name": "DB_PASS", "value": "hunter22"}]}]),
    ),
    _set(
        "password_in_a_parameter",
        "It is not encrypted.",
        "aws:ssm/parameter:Parameter",
        type="String",
        name="/db/password",
        value="x1",
    ),
    _set(
        "token_of_a_build",
        "BatchGetProjects shows it.",
        "aws:codebuild/project:Project",
        environment={"environmentVariables": [{"name": "NPM_TOKEN", "value": "abc", "type": "PLAINTEXT"}]},
    ),
    _attack(
        "password_in_the_program",
        "It is in the repository.",
        Item(type=DATABASE, props={"instanceClass": "db.t4g.small", "password": "Summer2026!"}),
        "database-password-generated",
    ),
    _attack(
        "newer_token_in_user_data",
        "Every process of the machine reads it.",
        Item(type=INSTANCE, props={"instanceType": "t4g.small", "userData": "x github_pat_0123456789abcdefghijAB y"}),
        "no-secrets-in-user-data",
    ),
)
