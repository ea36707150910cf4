"""Cases of accepting.py."""

from __future__ import annotations

from typing import Any

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.services.accepting import ACCESS_POINT, HEADERS, POINT
from policies.rules.services.records import BALANCERS, CLASSIC


def _balancer(**props: Any) -> Item:
    return Item(type=BALANCERS[0], props={"name": "web", **props})


def _point(path: Any = "/uploads", **props: Any) -> Item:
    made = {"fileSystemId": "fs-1", "rootDirectory": {"path": path}, "posixUser": {"uid": 1000, "gid": 1000}, **props}
    return Item(type=ACCESS_POINT, props=made)


CASES: dict[str, tuple[Case, ...]] = {
    HEADERS.id: (
        ok("dropped", _balancer(dropInvalidHeaderFields=True)),
        ok("of_networks", _balancer(loadBalancerType="network")),
        ok("classic_by_default", Item(type=CLASSIC, props={"name": "old"})),
        fail("kept_by_default", _balancer(), at="dropInvalidHeaderFields"),
        fail(
            "monitor",
            _balancer(dropInvalidHeaderFields=True, desyncMitigationMode="monitor"),
            at="desyncMitigationMode",
        ),
        fail("classic", Item(type=CLASSIC, props={"desyncMitigationMode": "monitor"}), at="desyncMitigationMode"),
        unknown("decided_later", _balancer(dropInvalidHeaderFields=UNKNOWN)),
    ),
    POINT.id: (
        ok("folder_and_user", _point()),
        fail("whole_file_system", _point("/"), at="rootDirectory.path"),
        fail("nothing_said", Item(type=ACCESS_POINT, props={"posixUser": {"uid": 1}}), at="rootDirectory.path"),
        fail("any_user", _point(posixUser={}), at="posixUser.uid"),
        unknown("decided_later", _point(UNKNOWN)),
    ),
}
