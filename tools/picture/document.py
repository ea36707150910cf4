"""docs/architecture.md: the picture, and every flow of it with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tools.picture.flows import Facts, Flow

INTRODUCTION = """\
# Architecture

![Who may talk to whom](architecture.svg)

Picture and tables are made by `make docs` from what the program itself registers with the settings of the sandbox:
security groups, network policies, subnets. A flow between two groups is there when the one's rules let it out and the
other's let it in; a test refuses both a stale picture and a flow that has no place in it (AWS-SG, AWS-EGRESS, DEIS-WL,
VPN-MFA). `tests/unit/test_flows.py` evaluates the rules and the policies for every pair of ends and every port that a
rule names, by other code, and finds these flows and no other.
"""


NODES = "nodes"
APPLICATIONS = """\
Deis gives their namespaces no network policies: they reach what their node reaches. Among `nodes` are the pods of other
applications, and on one node these reach each other on every port. The namespaces of Deis and of teams let none of
them in.
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
