"""Cases of key_pairs.py."""

from __future__ import annotations

from policies.kernel.cases import UNKNOWN, Case, fail, ok, unknown
from policies.rules.compute.instances import INSTANCE, LAUNCH_TEMPLATE
from policies.rules.compute.key_pairs import KEY_PAIR, NO_KEY_PAIR
from policies.rules.compute.public_addresses_cases import _launched

CASES: dict[str, tuple[Case, ...]] = {
    NO_KEY_PAIR.id: (
        ok("without_key", _launched(INSTANCE, ami="ami-1")),
        fail("machine_with_key", _launched(INSTANCE, keyName="team"), at="keyName"),
        fail("key_pair", _launched(KEY_PAIR, publicKey="ssh-ed25519 AAAA"), at="keyName"),
        unknown("key_made_with_it", _launched(LAUNCH_TEMPLATE, keyName=UNKNOWN)),
    ),
}
