"""Whitelists: whatever is accepted, the router accepts, and it lets in those whom the list names and nobody else."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.guidelines import cidr, deis
from policies.guidelines.tls import INTERMEDIATE, MODERN, PROFILES, Profile
from tests.support.deis.router_annotations import BUILDER, ROUTER, SERVICE, admitted, nginx_accepts, read

SUBNETS = ["10.40.0.0/20", "10.40.16.0/20"]
RANGES = st.builds(
    lambda address, prefix: str(ipaddress.IPv4Network((address, prefix), strict=False)),
    st.integers(0, 2**32 - 1),
    st.integers(8, 32),
)
LISTS = st.lists(RANGES, min_size=1, max_size=12, unique=True)
NOISE = st.one_of(
    RANGES,
    st.sampled_from(["", " ", "203.0.113.0/24,", "::/0", "2001:db8::/32", "0.0.0.0/0", "10.0.0.1/8", "1.2.3.4/33"]),
    st.from_regex(r"\A[0-9./, ]{0,20}\Z"),
    st.text(max_size=20),
)


def networks(entries: list[str]) -> list[ipaddress.IPv4Network]:
    return list(ipaddress.collapse_addresses(ipaddress.IPv4Network(entry) for entry in entries))


@given(st.lists(NOISE, max_size=8), st.booleans(), st.sampled_from(deis.WHITELIST_MODES))
def test_what_is_accepted_the_router_takes_and_means_the_same(
    entries: list[str], allow_wide: bool, mode: deis.WhitelistMode
) -> None:
    if cidr.whitelist_faults(entries, allow_wide=allow_wide):
        with pytest.raises(ValueError, match="DEIS-WL"):
            deis.controller_annotations(entries, allow_wide=allow_wide)
        with pytest.raises(ValueError, match="DEIS-WL"):
            deis.router_annotations(entries, mode, SUBNETS, INTERMEDIATE, allow_wide=allow_wide)
        return
    router = read(deis.router_annotations(entries, mode, SUBNETS, INTERMEDIATE, allow_wide=allow_wide), ROUTER)
    service = read(deis.controller_annotations(entries, allow_wide=allow_wide), SERVICE)
    assert router.dropped == service.dropped == []
    for effective in (admitted(router, service), admitted(router, read({}, SERVICE))):
        assert effective is not None
        assert nginx_accepts(effective)
        assert networks(effective) == networks(entries)


@given(LISTS, st.data())
def test_the_controllers_own_list_holds_without_the_routers(entries: list[str], data: st.DataObject) -> None:
    """Whichever annotations of the router somebody takes away, the controller stays closed to others."""
    if cidr.whitelist_faults(entries, allow_wide=True):
        return
    annotations = deis.router_annotations(entries, "override", SUBNETS, INTERMEDIATE, allow_wide=True)
    kept = data.draw(st.sets(st.sampled_from(sorted(annotations))))
    effective = admitted(
        read({key: annotations[key] for key in kept}, ROUTER),
        read(deis.controller_annotations(entries, allow_wide=True), SERVICE),
    )
    assert effective is not None
    assert networks(effective) == networks(entries)


@given(st.lists(RANGES, min_size=1, max_size=6), st.randoms())
def test_order_and_division_of_a_list_change_nothing(entries: list[str], random: object) -> None:
    halves = [
        str(half)
        for entry in entries
        for half in (
            ipaddress.IPv4Network(entry).subnets() if not entry.endswith("/32") else [ipaddress.IPv4Network(entry)]
        )
    ]
    assert cidr.span(halves) == cidr.span(entries) == cidr.span(entries[::-1])
    assert cidr.is_everyone(halves) == cidr.is_everyone(entries)


@given(st.integers(0, 6))
def test_everyone_is_everyone_in_any_division(depth: int) -> None:
    pieces = [str(one) for one in ipaddress.IPv4Network("0.0.0.0/0").subnets(prefixlen_diff=depth)]
    assert cidr.is_everyone(pieces)
    assert cidr.whitelist_faults(pieces, allow_wide=True)
    assert not cidr.is_everyone(pieces[1:])


@given(st.text(max_size=30))
def test_no_text_raises(text: str) -> None:
    """The policies call these on whatever stands in a stack."""
    assert cidr.network(text) is None or cidr.entry_fault(text) is None
    cidr.whitelist_faults([text])
    cidr.is_public(text)
    cidr.split(text)


FAULTS = {
    "nobody": ([], "no entry"),
    "everyone": (["0.0.0.0/0"], "lets everyone in"),
    "everyone in two halves": (["0.0.0.0/1", "128.0.0.0/1"], "together are 0.0.0.0/0"),
    "IPv6": (["2001:db8::/32"], "IPv6"),
    "a trailing comma": (["203.0.113.0/24", ""], "a comma too many"),
    "a comma inside": (["203.0.113.0/24,198.51.100.0/24"], "an entry of its own"),
    "host bits": (["203.0.113.7/24"], "would be read as 203.0.113.0/24"),
    "leading zeros": (["010.0.0.1"], "no IPv4 range"),
    "an empty prefix": (["203.0.113.0/"], "no IPv4 range"),
    "Arabic digits": (["\u0661.2.3.4"], "no IPv4 range"),
    "a line break": (["203.0.113.0/24\n"], "no IPv4 range"),
    "twice, once without prefix": (["203.0.113.7", "203.0.113.7/32"], "twice"),
    "wide": (["203.0.0.0/15"], "wider than /16"),
    "long": ([f"203.0.113.{last}" for last in range(51)], "more than 50"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_named(case: str) -> None:
    entries, text = FAULTS[case]
    assert any(text in fault for fault in cidr.whitelist_faults(entries)), cidr.whitelist_faults(entries)


@pytest.mark.parametrize("entries", [["203.0.0.0/8"], [f"203.0.113.{last}" for last in range(51)]])
def test_wide_and_long_lists_can_be_asked_for(entries: list[str]) -> None:
    assert cidr.whitelist_faults(entries, allow_wide=True) == []


def test_nobody_can_ask_for_more_than_a_sixteenth() -> None:
    assert cidr.whitelist_faults(["16.0.0.0/4"], allow_wide=True) == []
    assert cidr.whitelist_faults(["16.0.0.0/4", "32.0.0.0/32"], allow_wide=True)


def test_private_ranges_are_told_from_public_ones() -> None:
    assert cidr.public(["10.0.0.0/8", "8.8.8.8", "192.168.1.0/24", "nonsense", "8.0.0.0/5"]) == [
        "8.8.8.8",
        "nonsense",
        "8.0.0.0/5",
    ]
    assert cidr.contains(["10.0.0.0/9", "10.128.0.0/9"], "10.0.0.0/8")
    assert not cidr.contains(["10.0.0.0/9"], "10.0.0.0/8")


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_the_router_is_hardened(profile: Profile) -> None:
    annotations = deis.router_annotations(
        ["203.0.113.0/24"], "override", SUBNETS, profile, platform_domain="apps.example.org"
    )
    router = read(annotations, ROUTER)
    assert router.dropped == []
    assert router.values.keys() == {key.removeprefix("router.deis.io/") for key in annotations}, "a default is left"
    assert router["nginx.ssl.protocols"] == list(profile.protocols)
    assert not [
        name for name in router["nginx.ssl.ciphers"] if "CBC" in name or ("GCM" not in name and "POLY" not in name)
    ]
    assert not [name for name in router["nginx.ssl.ciphers"] if not name.startswith(("ECDHE-", "TLS_"))], (
        "no forward secrecy"
    )
    del router.values["nginx.ssl.protocols"], router.values["nginx.ssl.ciphers"]
    assert router.values == {
        "nginx.defaultWhitelist": ["203.0.113.0/24"],
        "nginx.disableServerTokens": True,
        "nginx.enforceWhitelists": True,
        "nginx.platformDomain": "apps.example.org",
        "nginx.proxyRealIpCidrs": SUBNETS,
        "nginx.ssl.earlyDataMethods": ["OPTIONS"],
        "nginx.ssl.enforce": True,
        "nginx.ssl.hsts.enabled": True,
        "nginx.ssl.hsts.includeSubDomains": True,
        "nginx.ssl.hsts.maxAge": 63072000,
        "nginx.ssl.useSessionTickets": False,
        "nginx.useProxyProtocol": True,
        "nginx.whitelistMode": "override",
    }


def test_a_profile_without_tls_1_2_still_lists_its_suites() -> None:
    """An empty list would make the router take CBC and RSA key exchange, should it ever speak TLS 1.2."""
    assert deis.ciphers(MODERN) == deis.ciphers(INTERMEDIATE)


def test_the_builders_annotations_are_the_two_that_are_read() -> None:
    builder = read(deis.BUILDER_ANNOTATIONS, BUILDER)
    assert builder.dropped == []
    assert set(deis.BUILDER_ANNOTATIONS) == {f"router.deis.io/{name}" for name in BUILDER}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"proxy_real_ip_cidrs": ["0.0.0.0/0"]}, "proxy ranges"),
        ({"proxy_real_ip_cidrs": []}, "proxy ranges"),
        ({"mode": "extends"}, "whitelist mode"),
        ({"platform_domain": "my--apps.example.org"}, "platform domain"),
        ({"platform_domain": "example"}, "platform domain"),
    ],
)
def test_what_the_router_would_drop_is_never_rendered(change: dict[str, object], text: str) -> None:
    given_ = {"whitelist": ["203.0.113.0/24"], "mode": "override", "proxy_real_ip_cidrs": SUBNETS, **change}
    with pytest.raises(ValueError, match=text):
        deis.router_annotations(profile=INTERMEDIATE, **given_)  # type: ignore[arg-type]


@given(st.from_regex(deis.DOMAIN, fullmatch=True))
def test_every_accepted_domain_is_one_that_the_router_takes(domain: str) -> None:
    annotations = deis.router_annotations(["203.0.113.0/24"], "override", SUBNETS, INTERMEDIATE, platform_domain=domain)
    assert read(annotations, ROUTER).dropped == []


@pytest.mark.parametrize(
    ("chart", "repository", "is_deis"),
    [
        ("hephy/workflow", "", True),
        ("workflow", "https://charts.teamhephy.com", True),
        ("deis-workflow", "", True),
        ("./charts/deis/workflow", "", True),
        ("workflow", "https://charts.example.org", False),
        ("nginx", "", False),
    ],
)
def test_deiss_charts_are_recognised(chart: str, repository: str, is_deis: bool) -> None:
    assert deis.is_deis_chart(chart, repository) is is_deis
