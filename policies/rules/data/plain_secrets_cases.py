"""Cases of plain_secrets.py."""

from __future__ import annotations

import json
from typing import Any

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.data.plain_secrets import CODEBUILD, GENERATED, NO_SECRET, PARAMETER

_KEY = "AKIAIOSFODNN7EXAMPLE"
_MADE = "pT4xZ9qLw2Vb7NsKd8Rf3HgJ"
_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db"
FUNCTION = "aws:lambda/function:Function"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
DATABASE = "aws:rds/instance:Instance"


_PLACES = {"DB_SECRET": _ARN, "DB_PASSWORD_FILE": "/run/db", "LOG_LEVEL": "info"}


def _function(variables: dict[str, Any]) -> Item:
    return Item(type=FUNCTION, props={"role": "r", "environment": {"variables": variables}})


def _task(**container: Any) -> Item:
    return Item(type=TASK, props={"family": "web", "containerDefinitions": json.dumps([{"name": "web", **container}])})


def _build(name: str, **variable: Any) -> Item:
    return Item(type=CODEBUILD, props={"environment": {"environmentVariables": [{"name": name, **variable}]}})


def _parameter(name: str, value: Any, type_: str = "String") -> Item:
    return Item(type=PARAMETER, props={"name": name, "type": type_, "value": value})


def _database(password: Any) -> Item:
    return Item(type=DATABASE, props={"instanceClass": "db.t4g.small", "password": password})


CASES: dict[str, tuple[Case, ...]] = {
    NO_SECRET.id: (
        ok("names_of_secrets", _function(_PLACES)),
        ok("switches", _function({"USE_TOKEN": "true", "ALLOW_EMPTY_PASSWORD": "no"})),
        ok("no_variables", Item(type=FUNCTION, props={"role": "r"})),
        ok("secret_of_a_task", _task(secrets=[{"name": "DB_PASSWORD", "valueFrom": _ARN}])),
        ok("kept_by_secrets_manager", _build("DB_PASSWORD", value="db:password", type="SECRETS_MANAGER")),
        ok("encrypted_parameter", _parameter("/web/password", "hunter22", "SecureString")),
        ok("ordinary_parameter", _parameter("/web/url", "https://example.org")),
        fail("password_of_a_function", _function({"DB_PASSWORD": "hunter22"}), at="environment.variables.DB_PASSWORD"),
        fail("key_of_a_function", _function({"ID": _KEY}), at="environment.variables.ID"),
        fail("address_with_a_password", _function({"DB": "postgres://a:hunter22@db/a"}), at="environment.variables.DB"),
        fail(
            "password_of_a_task",
            _task(environment=[{"name": "PGPASSWORD", "value": "hunter22"}]),
            at="containerDefinitions[0].environment[0].value",
        ),
        fail(
            "password_in_a_task_s_command",
            _task(command=["sh", "-c", "mysql -u root -phunter22"]),
            at="containerDefinitions[0].command[2]",
        ),
        fail("token_of_a_build", _build("NPM_TOKEN", value="x"), at="environment.environmentVariables[0].value"),
        fail("parameter_in_plain_text", _parameter("/web/db-password", "hunter22"), at="value"),
        fail("key_in_a_parameter", _parameter("/web/id", _KEY), at="value"),
        unknown("secret_made_with_it", _function({"DB_SECRET": UNKNOWN})),
        unknown("parameter_made_with_it", _parameter("/web/url", UNKNOWN)),
    ),
    GENERATED.id: (
        ok("made", _database(_MADE)),
        ok("managed", Item(type=DATABASE, props={"manageMasterUserPassword": True})),
        fail("chosen", _database("hunter22"), at="password"),
        fail("long_and_common", _database("Password-for-the-database-2026"), at="password"),
        fail("repeated", _database("xyxyxyxyxyxyxyxyxyxyxy"), at="password"),
        fail(
            "one_of_several",
            Item(type="aws:elasticache/user:User", props={"passwords": [_MADE, "letmein"]}),
            at="passwords[1]",
        ),
        unknown("made_with_it", _database(UNKNOWN)),
    ),
}
