"""The accepted TLS policies of load balancers, against what AWS says that each holds."""

from __future__ import annotations

import pytest
from moto.elbv2.ssl_policies import SSL_POLICIES

from policies.guidelines.tls import PROFILES, ProfileName, load_balancer_policies


@pytest.mark.parametrize("profile", PROFILES)
def test_a_policy_is_accepted_if_all_that_it_offers_is_in_the_profile(profile: ProfileName) -> None:
    """The emulator's list is AWS's own, without the FIPS policies."""
    known = PROFILES[profile]
    # AES-256 and ChaCha20 of TLS 1.3 are the profile's; of TLS 1.2, AWS offers AES-GCM alone.
    suites = {*known.tls12_suites, *known.tls13_suites}
    within = {
        name
        for name, policy in SSL_POLICIES.items()
        if set(policy["ssl_protocols"]) <= set(known.protocols)
        and set(policy["ciphers"]) <= suites
        and "TLSv1.3" in policy["ssl_protocols"]
    }
    assert within == load_balancer_policies(profile) & SSL_POLICIES.keys()
