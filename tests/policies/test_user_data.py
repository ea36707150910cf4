"""The search for secrets takes a time that grows with the text, whatever stands in it."""

from __future__ import annotations

import time

import pytest

from policies.kernel.secrets import MOST_BYTES, secrets_in

PROCESSOR_SECONDS = 200
"""A hundred times what it takes; a search that goes over a text again from each of its places would take hours."""


@pytest.mark.parametrize(
    "part", ["a", "a.", "a+", "--a-", "a.b:", "curl -u ", "mysql x ", "password= ", "a" * 40 + "\n"]
)
def test_a_text_that_begins_like_secrets(part: str) -> None:
    began = time.process_time()
    list(secrets_in(part * (MOST_BYTES // len(part))))
    assert time.process_time() - began < PROCESSOR_SECONDS
