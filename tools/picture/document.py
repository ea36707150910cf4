"""The content of docs/architecture.md: the picture, and all of its flows with their reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tools.picture.flows import Facts, Flow

INTRODUCTION = """\
# Architecture

![Who may talk to whom](architecture.svg)

This page shows every network flow that Palisade allows. `make docs` generates picture and tables from the security
groups, network policies and subnets that the program registers with the sandbox's settings. A flow between two groups
exists if the rules of the source allow it out and the rules of the target allow it in (AWS-SG, AWS-EGRESS, DEIS-WL,
VPN-MFA). Tests fail if picture or tables are stale. `tests/unit/test_flows.py` evaluates rules and policies
independently, for every pair of groups or pods and every port that a rule names, and finds these flows and no others.
"""


NODES = "nodes"
APPLICATIONS = """\
Deis creates no network policies in applications' namespaces, so their pods can reach whatever their node can reach. The
target `nodes` includes the pods of other applications; pods on the same node reach each other on every port. The
namespaces of Deis and of teams accept no connections from applications.
"""


def markdown(facts: Facts) -> str:
    """The whole document."""
    return "\n".join(
        [
            INTRODUCTION,
            "## Between security groups, and with the outside\n",
            *_table(facts.flows, why=True),
            "\n## Pods of Deis, by network policies\n",
            *_table(facts.pod_flows, why=False),
            "\n## Pods of applications\n",
            APPLICATIONS,
            *_table((replace(one, source="application") for one in facts.flows if one.source == NODES), why=False),
            "",
        ]
    )


def _table(flows: Iterable[Flow], *, why: bool) -> Iterable[str]:
    titles = ["from", "to", "port", *(["reason"] if why else [])]
    yield f"| {' | '.join(titles)} |"
    yield f"|{'---|' * len(titles)}"
    for flow in flows:
        cells = [flow.source, flow.target, f"{flow.protocol} {flow.port}", *([flow.why] if why else [])]
        yield f"| {' | '.join(cells)} |"
