"""Positions of places and flows in the picture; a flow without a position is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jinja2

from tools.picture.flows import Facts, Flow

TEMPLATE: Final = Path(__file__).with_name("architecture.svg.j2")
IN, PEOPLE, INSIDE, OUT = "in", "people", "inside", "out"
COLOURS: Final = {IN: "#1d5fbf", PEOPLE: "#7a3db8", INSIDE: "#52606d", OUT: "#b3560b"}
LEGEND: Final = {
    IN: "from whitelisted ranges to Deis",
    PEOPLE: "people, through the VPN",
    INSIDE: "inside the VPC",
    OUT: "the way out",
}


@dataclass(frozen=True)
class Route:
    """The route of a flow between two places, and the position of its label."""

    path: str
    x: int
    y: int
    kind: str


ROUTES: Final[Mapping[tuple[str, str], Route]] = {
    ("people", "bastion"): Route("M185 140V236", 195, 164, PEOPLE),
    ("whitelisted", "balancer"): Route("M535 140V236", 545, 164, IN),
    ("bastion", "balancer"): Route("M310 290H416", 335, 283, PEOPLE),
    ("bastion", "api"): Route("M185 315V387", 195, 345, PEOPLE),
    ("nodes", "api"): Route("M130 530V461", 96, 500, INSIDE),
    ("api", "nodes"): Route("M240 457V526", 250, 500, INSIDE),
    ("balancer", "nodes"): Route("M535 315V526", 545, 440, IN),
    ("nodes", "endpoints"): Route("M800 530V424H876", 808, 417, INSIDE),
    ("nodes", "database"): Route("M835 660H926", 862, 653, INSIDE),
    ("nodes", "internet"): Route("M835 560H855V280H876", 863, 515, OUT),
    ("balancer", "router"): Route("M535 530V618", 545, 590, IN),
    ("router", "controller"): Route("M570 650H712V741", 640, 643, INSIDE),
    ("router", "builder"): Route("M460 678V741", 470, 716, INSIDE),
    ("router", "applications"): Route("M400 650H340V770H284", 296, 763, INSIDE),
    ("builder", "controller"): Route("M545 775H626", 568, 768, INSIDE),
}
NOTED: Final[Mapping[tuple[str, str], str]] = {
    ("bastion", "internet"): "internet",
    ("bastion", "endpoints"): "endpoints",
    ("nodes", "nodes"): "each other",
}
"""Flows between groups that are written into the box of their source: target as it is called there."""
OF_PODS: Final[Mapping[str, str]] = {
    "api": "API",
    "internet": "internet",
    "database": "PostgreSQL",
    "CoreDNS": "CoreDNS",
}
"""The same for what pods reach outside of their namespace."""


def svg(facts: Facts) -> str:
    """The picture.

    Raises:
        ValueError: a flow has no position; add it to ROUTES or NOTED.
    """
    ports = _ports([*facts.flows, *facts.pod_flows])
    of_pods = {(flow.source, flow.target) for flow in facts.pod_flows if flow.target in OF_PODS}
    if strange := ports.keys() - ROUTES.keys() - NOTED.keys() - of_pods:
        raise ValueError(f"the picture has no place for {sorted(strange)}; add it to ROUTES or NOTED")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    arrows = [
        {"path": route.path, "x": route.x, "y": route.y, "kind": route.kind, "label": ports[pair]}
        for pair, route in ROUTES.items()
        if pair in ports
    ]
    if ("nodes", "internet") in ports:
        arrows.append({"path": "M990 240V144", "x": 1000, "y": 164, "kind": OUT, "label": ports["nodes", "internet"]})
    return environment.from_string(TEMPLATE.read_text()).render(
        colours=COLOURS, legend=LEGEND, frames=_frames(facts, ports), boxes=_boxes(facts, ports), arrows=arrows
    )


def _ports(flows: Iterable[Flow]) -> dict[tuple[str, str], str]:
    """(source, target) -> its ports, ascending, with UDP marked."""
    found: dict[tuple[str, str], dict[int, set[str]]] = {}
    for flow in flows:
        found.setdefault((flow.source, flow.target), {}).setdefault(flow.port, set()).add(flow.protocol)
    return {
        pair: ", ".join(f"{port}/udp" if of == {"udp"} else str(port) for port, of in sorted(ports.items()))
        for pair, ports in found.items()
    }


def _notes(source: str, ports: Mapping[tuple[str, str], str]) -> list[str]:
    called = {**{(source, target): name for target, name in OF_PODS.items()}, **NOTED}
    of_source = {pair: name for pair, name in called.items() if pair[0] == source and pair not in ROUTES}
    return [f"to {name}: {ports[pair]}" for pair, name in of_source.items() if pair in ports]


def _frames(facts: Facts, ports: Mapping[tuple[str, str], str]) -> list[dict[str, object]]:
    def frame(
        box: tuple[int, int, int, int], colours: tuple[str, str], at: tuple[int, int], *told: str
    ) -> dict[str, object]:
        """`at`: position of its lines of text; the text before a colon in the first line is its title."""
        return {**dict(zip("xywh", box, strict=True)), "fill": colours[0], "stroke": colours[1], "at": at, "told": told}

    tiers = {tier: ", ".join(ranges) for tier, ranges in facts.tiers.items()}
    between, dns = "; ".join(_notes("nodes", ports)), ", ".join(_notes("every pod", ports))
    vpc = f"VPC: {facts.vpc_cidr} in {', '.join(facts.zones)}"
    intra = ("intra subnets, no way out:", tiers["intra"])
    return [
        frame((30, 180, 1140, 680), ("#f7f9fb", "#1f2933"), (560, 199), vpc),
        frame((45, 210, 1110, 120), ("#eef4fd", "#1d5fbf"), (560, 229), f"public subnets: {tiers['public']}"),
        frame((45, 345, 1110, 125), ("#f5effb", "#7a3db8"), (552, 364), *intra),
        frame((45, 485, 1110, 362), ("#eef7f0", "#2c6e3f"), (870, 740), "private subnets:", *facts.tiers["private"]),
        frame((75, 530, 760, 302), ("#ffffff", "#2c6e3f"), (87, 551), "nodes: no public address, no SSH", between),
        frame(
            (95, 594, 720, 224), ("#f7f9fb", "#52606d"), (107, 612), f"namespace deis: default deny; every pod {dns}"
        ),
    ]


def _boxes(facts: Facts, ports: Mapping[tuple[str, str], str]) -> list[dict[str, object]]:
    def box(x: int, y: int, w: int, h: int, title: str, *lines: str, kind: str = INSIDE) -> dict[str, object]:
        return {"x": x, "y": y, "w": w, "h": h, "title": title, "lines": lines, "stroke": COLOURS[kind]}

    def pod(name: str) -> str:
        return ", ".join(_notes(name, ports))

    bastion = ("OpenVPN, the only way in for people", ", ".join(_notes("bastion", ports)))
    others = [f"{name} {pod(name)}" for name in facts.pods if name not in ("router", "controller", "builder")]
    return [
        box(60, 80, 250, 60, "People", "certificate and second factor", kind=PEOPLE),
        box(410, 80, 250, 60, "Whitelisted ranges", ", ".join(facts.whitelist), kind=IN),
        box(865, 80, 250, 60, "Internet", "image registries, package mirrors", kind=OUT),
        box(60, 240, 250, 75, "VPN bastion", *bastion, kind=PEOPLE),
        box(420, 240, 250, 75, "Load balancer", "passes bytes on; TLS ends in the router", kind=IN),
        box(880, 240, 220, 60, "NAT gateways", f"{facts.nat_gateways} for {len(facts.zones)} zones", kind=OUT),
        box(60, 391, 250, 66, "Kubernetes API", "EKS, private endpoint only"),
        box(880, 391, 220, 66, "VPC endpoints", f"{facts.endpoints} AWS services, this account only"),
        box(930, 630, 190, 66, "PostgreSQL", "RDS: TLS only, encrypted"),
        box(400, 622, 170, 56, "router", pod("router"), kind=IN),
        box(630, 745, 170, 62, "controller", *_notes("controller", ports)),
        box(380, 745, 165, 62, "builder", *_notes("builder", ports)),
        box(110, 745, 170, 56, "applications", "in namespaces of their own"),
        box(105, 622, 210, 32 + 16 * len(others), "short-lived pods", *others),
    ]  # fmt: skip
