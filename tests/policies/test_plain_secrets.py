"""The tables of plain_secrets.py name what the AWS SDK has."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.kernel.secrets import HINTS, SECRETS, secrets_in
from policies.rules.data.plain_secrets import HOLDERS, PASSWORDS
from sandbox.providers.schema import resource_type


@pytest.mark.parametrize("type_", sorted({*HOLDERS, *PASSWORDS}))
def test_the_types_and_properties_exist(type_: str) -> None:
    kind = resource_type(type_)
    assert kind is not None
    paths = (*HOLDERS.get(type_, ()), *((PASSWORDS[type_],) if type_ in PASSWORDS else ()))
    assert {path.split(".")[0] for path in paths} <= kind.inputs.keys()


@pytest.mark.parametrize(
    "text",
    [
        "gh" + "p_0123456789abcdefghijABCDEFGHIJ0123",
        "gl" + "rt-0123456789abcdefghij",
        "xo" + "xb-0123456789",
        "sk_" + "live_0123456789abcdefghij",
        "np" + "m_0123456789abcdefghijABCDEFGHIJ012345",
        "hv" + "s.0123456789abcdefghijkl",
        "AI" + "za0123456789abcdefghijABCDEFGHIJ01234",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJyb290In0x.c2lnbmF0dXJlc2lnbmF0dXJl",
        "https://hooks.slack.com/services/T0/B0/abcdefgh1",
    ],
)
def test_forms_of_tokens(text: str) -> None:
    assert list(secrets_in(f"x {text} y"))
    assert not list(secrets_in(f"x {text[:9]} y"))


@pytest.mark.parametrize("kind", SECRETS)
def test_what_has_a_form_has_one_of_its_hints(kind: str) -> None:
    @settings(
        max_examples=200,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.large_base_example],
    )
    @given(st.from_regex(SECRETS[kind], fullmatch=True))
    def hinted(text: str) -> None:
        assert any(hint in text.lower() for hint in HINTS[kind])

    hinted()
