"""The configuration: its schemas, its presets, and the words about each mistake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from policies.kernel.configuration import (
    ALL,
    FOLDER,
    LEVEL,
    PRESETS,
    ConfigurationError,
    exception_faults,
    faults,
    load,
    merged,
    preset,
    resolve,
    schema,
)
from policies.kernel.policy import ADVISORY, MANDATORY, Policy
from policies.registry import POLICIES

BY_ID = {policy.id: policy for policy in POLICIES}
EXCEPTION = {"urn": "urn:pulumi:prod::shop::*::relay", "reason": "SEC-1", "owner": "ada", "expires": "2027-01-31"}
STRICTNESS = {"disabled": 0, "advisory": 1, "mandatory": 2, "remediate": 2}


@pytest.mark.parametrize("policy", [pytest.param(policy, id=policy.id) for policy in POLICIES])
def test_a_schema_is_one_and_its_defaults_keep_it(policy: Policy) -> None:
    # The engine, too, checks a configuration by these; it knows an older draft than we do.
    for validator in (Draft7Validator, Draft202012Validator):
        validator.check_schema(schema(policy))
    for name, setting in policy.settings.items():
        assert setting["description"].endswith(".")
        Draft7Validator(dict(setting)).validate(setting["default"])
        assert not faults({policy.id: {name: setting["default"]}}, POLICIES)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"no-publik-ip": "advisory"}, "no-publik-ip: no policy has this ID; did you mean no-public-ip?"),
        ({"xyz": {}}, "xyz: no policy has this ID"),
        (
            {"no-public-ip": 3},
            "no-public-ip: 3 is not allowed; allowed: a level (advisory, mandatory, remediate, disabled) or an object",
        ),
        (
            {"no-public-ip": "warn"},
            'no-public-ip.enforcementLevel: "warn" is not allowed; allowed: one of advisory, mandatory, remediate, '
            "disabled - What a violation does.",
        ),
        ({ALL: {"ports": []}}, "all.ports: no such key; allowed: enforcementLevel"),
        (
            {"cluster-admin-allowlist": {"principal": []}},
            "cluster-admin-allowlist.principal: no such key; allowed: enforcementLevel, exemptions, principals",
        ),
        (
            {"sg-public-ingress-allowlist": {"ports": ["tcp/80", "443"]}},
            'sg-public-ingress-allowlist.ports[1]: "443" is not allowed; allowed: text that matches ^(tcp|udp)/[0-9]+$ '
            "- Ports that may be open to everyone, as tcp/443.",
        ),
        (
            {"whitelist-not-everyone": {"widestPrefix": 8}},
            "whitelist-not-everyone.widestPrefix: 8 is not allowed; allowed: a whole number from 16 to 32 - "
            "Shortest prefix that an entry may have, the proxies' aside; a larger number is stricter.",
        ),
        (
            {"region-allowlist": {"regions": []}},
            "region-allowlist.regions: [] is not allowed; allowed: a list with 1 or more of text of 1 or more "
            "characters - Regions that may be used; * and ? are wildcards. us-east-1 holds what is global.",
        ),
        (
            {"no-public-ip": {"exemptions": [{"urn": "x", "owner": "ada"}]}},
            "no-public-ip.exemptions[0]: reason, expires missing; allowed: an object with urn, reason, owner, expires",
        ),
        (
            {"no-public-ip": {"exemptions": [{**EXCEPTION, "expires": "soon"}]}},
            'no-public-ip.exemptions[0].expires: "soon" is not allowed; allowed: text that matches '
            "^\\d{4}-\\d{2}-\\d{2}$ - Last day (ISO 8601), at most 366 days ahead.",
        ),
    ],
)
def test_a_mistake_is_told_with_policy_key_value_and_what_is_allowed(given: Any, words: str) -> None:
    assert faults(given, POLICIES) == [words]


def test_all_mistakes_are_told_at_once() -> None:
    given = {"xyz": {}, "no-key-pair": 3, "region-allowlist": {"regions": [1, "eu-*", 2], "zone": 1}}
    assert len(faults(given, POLICIES)) == 5


def test_an_exception_that_does_not_count_is_a_mistake() -> None:
    given = {"no-key-pair": "advisory", "no-public-ip": {"exemptions": [{**EXCEPTION, "expires": "2027-02-30"}]}}
    assert not faults(given, POLICIES)
    (fault,) = exception_faults(given)
    assert fault.startswith("no-public-ip.exemptions[0] does not count: ")


@pytest.mark.parametrize(
    ("text", "words"), [("{", "is no JSON"), ("[]", "holds []; allowed: an object of policies"), ("{}", None)]
)
def test_a_file_that_is_none_is_told_by_name(tmp_path: Path, text: str, words: str | None) -> None:
    path = tmp_path / "pack.json"
    path.write_text(text)
    if words is None:
        assert load(path) == {}
        return
    with pytest.raises(ConfigurationError, match=r"pack\.json: ") as fault:
        load(path)
    assert words in str(fault.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.json: cannot be read: No such file"):
        load(tmp_path / "none.json")


class TestLayers:
    def test_what_holds_without_any_is_the_registry(self) -> None:
        held = resolve({}, POLICIES)
        assert all(held[policy.id].level is policy.level for policy in POLICIES)

    def test_a_level_is_overridden_for_one_policy_or_for_all(self) -> None:
        held = resolve({ALL: "advisory", "no-public-ip": {LEVEL: "mandatory"}, "no-key-pair": "disabled"}, POLICIES)
        assert held["no-public-ip"].level is MANDATORY
        assert held["no-key-pair"].level.value == "disabled"
        assert held["private-endpoint-on"].level is ADVISORY

    def test_the_later_layer_goes_before_key_by_key(self) -> None:
        first = {"whitelist-not-everyone": {LEVEL: "mandatory", "widestPrefix": 24}, "no-key-pair": "mandatory"}
        made = merged(first, {"whitelist-not-everyone": {"widestPrefix": 28}, "no-key-pair": "advisory"})
        held = resolve(made, POLICIES)
        assert held["whitelist-not-everyone"].settings == {"widestPrefix": 28}
        assert held["whitelist-not-everyone"].level is MANDATORY
        assert held["no-key-pair"].level is ADVISORY

    def test_a_later_level_for_all_goes_before_the_levels_of_a_layer_below(self) -> None:
        made = merged({"no-key-pair": {LEVEL: "mandatory", "exemptions": []}}, {ALL: "advisory"})
        held = resolve(made, POLICIES)["no-key-pair"]
        assert (held.level, held.settings) == (ADVISORY, {"exemptions": []})


class TestPresets:
    def test_the_folder_holds_those_that_are_named(self) -> None:
        assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(PRESETS)

    @pytest.mark.parametrize("name", PRESETS)
    def test_one_is_valid_and_in_the_form_that_pulumi_cloud_takes(self, name: str) -> None:
        given = preset(name)
        assert not faults(given, POLICIES)
        # A level alone is taken from a file, and refused by `pulumi policy enable --config`.
        assert all(isinstance(entry, dict) and entry[LEVEL] for entry in given.values())
        assert list(given) == sorted(given)
        assert json.dumps(given)

    def test_production_lowers_nothing(self) -> None:
        for name, entry in preset("production").items():
            assert STRICTNESS[entry[LEVEL]] >= STRICTNESS[BY_ID[name].level.value], name

    def test_development_lowers_nothing_that_lets_somebody_in(self) -> None:
        lowered = [
            BY_ID[name]
            for name, entry in preset("development").items()
            if STRICTNESS[entry[LEVEL]] < STRICTNESS[BY_ID[name].level.value]
        ]
        assert lowered
        assert {policy.severity.value for policy in lowered} <= {"low", "medium"}


@pytest.mark.parametrize(("version", "known"), [("1.24", False), ("1.25", True), ("1.37", True), ("1.38", False)])
def test_standards_that_are_not_known_are_a_mistake(version: str, known: bool) -> None:
    given = {"pod-security-baseline-sysctls": {"kubernetesVersion": version}}
    assert (faults(given, POLICIES) == []) is known
