"""From the settings to nginx: whatever the settings accept, the router accepts, and lets in who is meant."""

from __future__ import annotations

import ipaddress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from components.deis import DeisArgs
from components.deis.whitelist import completed
from components.faults import ArgumentError
from components.settings import DeisSettings
from components.settings.deis import DeisSecrets
from policies.guidelines.cidr import MOST_ENTRIES, WIDEST_PREFIX
from policies.guidelines.deis import controller_annotations, joined, router_annotations
from policies.guidelines.tls import PROFILES
from tests.support.deis.router_annotations import ROUTER, SERVICE, admitted, nginx_accepts, read
from tests.support.program.deis_of import arguments_without

RANGES = st.builds(
    lambda address, prefix: str(ipaddress.IPv4Network((address, prefix), strict=False)),
    st.integers(0, 2**32 - 1),
    st.one_of(st.integers(WIDEST_PREFIX, 32), st.integers(WIDEST_PREFIX, 32), st.integers(6, 32)),
)
NARROW = RANGES.filter(lambda entry: int(entry.split("/")[1]) >= WIDEST_PREFIX)
ODD = st.one_of(
    st.sampled_from(
        [
            "",
            "203.0.113.7",
            "203.0.113.0/24,",
            "203.0.113.0/24 ",
            "2001:db8::/32",
            "0.0.0.0/0",
            "0.0.0.0/1",
            "128.0.0.0/1",
        ]
    ),
    st.from_regex(r"\A[0-9./, ]{0,20}\Z"),
)
LISTS = st.one_of(
    st.lists(NARROW, min_size=1, max_size=8, unique=True),
    st.lists(RANGES, min_size=1, max_size=8, unique=True),
    st.lists(st.one_of(RANGES, ODD), max_size=5),
    st.lists(NARROW, min_size=MOST_ENTRIES - 1, max_size=MOST_ENTRIES + 2, unique=True),
)
ADDRESSES = st.ip_addresses(v=4).map(str)


def networks(entries: list[str]) -> list[ipaddress.IPv4Network]:
    return list(ipaddress.collapse_addresses(ipaddress.IPv4Network(entry) for entry in entries))


def accepted(whitelist: list[str], **changes: Any) -> DeisArgs | None:
    """The arguments that the settings' section makes of a whitelist; None: it is refused."""
    given_ = {"domain": "apps.example.org", "administrator": {"email": "ada@example.org"}, **changes}
    # As JSON, which is how the engine gives it.
    section = DeisSettings.model_validate({**given_, "whitelist": whitelist})
    shown = {*DeisSettings.model_fields, "administrator_email", "administrator_username", "protect"}
    rest = {key: value for key, value in vars(arguments_without()).items() if key not in shown}
    args = section.to_args(DeisSecrets(), protect=True, **rest)
    return None if [*args.faults()] else args


@given(LISTS, st.booleans(), st.sampled_from(["override", "extend"]), ADDRESSES)
def test_whatever_the_settings_accept_the_router_takes_and_means_the_same(
    entries: list[str], allow_wide: bool, mode: str, vpn: str
) -> None:
    args = accepted(entries, allowWideWhitelist=allow_wide, whitelistMode=mode)
    if args is None:
        return
    whole = completed(args.whitelist, [vpn])
    subnets = list(args.balancer_subnet_cidrs.values())
    router = read(
        {
            **router_annotations(
                args.whitelist, args.whitelist_mode, subnets, PROFILES["intermediate"], allow_wide=True
            ),
            "router.deis.io/nginx.defaultWhitelist": joined(whole),
        },
        ROUTER,
    )
    service = read(
        {**controller_annotations(args.whitelist, allow_wide=True), "router.deis.io/whitelist": joined(whole)}, SERVICE
    )
    assert router.dropped == service.dropped == []
    meant = networks([*entries, f"{vpn}/32"])
    for effective in (admitted(router, service), admitted(router, read({}, SERVICE))):
        assert effective is not None
        assert nginx_accepts(effective)
        assert networks(effective) == meant
    if not allow_wide:
        assert len(entries) <= MOST_ENTRIES
        assert all(ipaddress.IPv4Network(entry).prefixlen >= WIDEST_PREFIX for entry in entries)
    assert networks(entries) != networks(["0.0.0.0/0"])


@given(st.lists(RANGES, min_size=1, max_size=4, unique=True), st.data())
def test_an_address_that_is_listed_already_is_not_listed_twice(entries: list[str], data: st.DataObject) -> None:
    listed = data.draw(st.sampled_from(entries))
    address = listed.split("/")[0]
    configured = [address, *(entry for entry in entries if entry not in (listed, f"{address}/32"))]
    try:
        whole = completed(configured, [address, address])
    except ArgumentError:
        # Together they are more than a whitelist may reach.
        return
    assert whole == configured
