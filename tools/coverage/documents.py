"""Render docs/coverage.md, docs/frameworks.md and the presets of the frameworks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from policies.kernel.configuration import FOLDER as PRESETS
from policies.kernel.configuration import LEVEL
from policies.kernel.frameworks import REASONS, Control, Framework, Standard, controls, frameworks, standards
from policies.registry import POLICIES
from tools.coverage import COVERED, PARTLY, Verdict, peers
from tools.markdown import table

DOCS: Final = Path(__file__).parents[2] / "docs"
COVERAGE, CONTROLS = DOCS / "coverage.md", DOCS / "frameworks.md"
KINDS: Final = (COVERED, PARTLY.strip(), *REASONS)
COVERAGE_HEAD: Final = """\
# Coverage

Each rule of the pack's peers, and the policy that covers it or the reason why none does. This page is generated from
`tools/coverage/peers/` by `make docs`; do not edit it. The rules were mapped by what they check, in the version that
each section names. [frameworks.md](frameworks.md) has the controls of CIS, AWS and NSA/CISA.

- covered: the policies refuse or advise against everything that the rule finds.
- partly: the policies find a part of it; the line says what is missing.
- planned: within the guide's subjects, and not judged yet.
- out of scope: not about the security of Kubernetes, EKS, IAM, networks, logs, TLS, data or secrets.
- not of a stack: no resource of a stack says it: files on a disk, state of an account, the control plane that AWS runs.
- superseded: what the rule is about has ended, or another measure makes it unnecessary.

"""
CONTROLS_HEAD: Final = """\
# Frameworks

Each control of the frameworks, and the four places that enforce it: the component that creates what meets it, the
policy that refuses the opposite, the admission rule of the cluster, and the alarm. This page is generated from
`policies/frameworks/` by `make docs`; do not edit it. [coverage.md](coverage.md) explains the reasons. A preset makes
the policies of a framework mandatory ([enforcing.md](enforcing.md)). A policy that helps to meet a control is no audit.

"""
STANDARDS_HEAD: Final = """\
## Standards

Requirements of standards, by the controls that a published mapping assigns to them: Prowler assigns the same check to
both. The policies are those that cover one of these controls completely.
"""


def coverage() -> str:
    """The content of docs/coverage.md."""
    listed = list(peers())
    counted = [
        (f"[{peer.name}](#{_anchor(peer.name)})", Counter(v.kind for v in peer.rules.values())) for peer in listed
    ]
    parts = [COVERAGE_HEAD, table(("peer", "rules", *KINDS), _counts(counted))]
    for peer in listed:
        parts.append(f"\n## {peer.name}\n\n{peer.source}, {peer.version}, read on {peer.read}.\n\n")
        rules = ((f"`{rule}`", v.text()) for rule, v in peer.rules.items())
        parts.append(table(("rule", "policies or reason"), rules))
    return "".join(parts)


def frameworks_page() -> str:
    """The content of docs/frameworks.md."""
    listed = frameworks().values()
    counted = [
        (f"[{one.name}](#{_anchor(one.name)})", Counter(_verdict(each).kind for each in one.controls.values()))
        for one in listed
    ]
    parts = [CONTROLS_HEAD, table(("framework", "controls", *KINDS), _counts(counted))]
    for one in listed:
        sources = "; ".join(one.sources)
        parts.append(
            f"\n## {one.name}\n\nVersion {one.version}; preset `{one.id}`; from {sources}, read on {one.read}.\n\n"
        )
        head = ("control", "title", "policies or reason", "components", "admission", "alarms")
        parts.append(table(head, map(_row, one.controls.values())))
    parts.append(f"\n{STANDARDS_HEAD}")
    for standard in standards().values():
        parts += _standard(standard)
    return "".join(parts)


def preset(framework: Framework) -> str:
    """The configuration that makes the policies of a framework mandatory, and all others advisory."""
    levels = {"all": "advisory", **dict.fromkeys(framework.policies, "mandatory")}
    lines = (f'  "{name}": {{ "{LEVEL}": "{level}" }}' for name, level in sorted(levels.items()))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def documents() -> dict[Path, str]:
    """All files that this package writes, with their content."""
    presets = {PRESETS / f"{one.id}.json": preset(one) for one in frameworks().values()}
    return {COVERAGE: coverage(), CONTROLS: frameworks_page(), **presets}


def _verdict(control: Control) -> Verdict:
    return Verdict(control.policies, control.missing, control.reason, control.why)


def _row(control: Control) -> tuple[str, ...]:
    components = ", ".join(f"[{Path(path).name}](../{path})" for path in control.components)
    admission, alarms = (", ".join(f"`{one}`" for one in of) for of in (control.admission, control.alarms))
    return control.id, control.title, _verdict(control).text(), components, admission, alarms


def _standard(standard: Standard) -> Iterator[str]:
    version = f", {standard.version}" if standard.version else ""
    yield f"\n### {standard.name}\n\nFrom {'; '.join(standard.sources)}, read on {standard.read}{version}.\n\n"
    by_control: dict[str, list[str]] = {}
    for policy in POLICIES:
        for framework, control in controls(policy.id):
            if not control.missing:
                by_control.setdefault(f"{framework.id}:{control.id}", []).append(policy.id)
    rows = []
    for requirement, labels in standard.requirements.items():
        named = dict.fromkeys(policy for label in labels for policy in by_control.get(label, ()))
        if named:
            rows.append((requirement, ", ".join(labels), ", ".join(f"`{policy}`" for policy in named)))
    yield table(("requirement", "controls", "policies"), rows)


def _counts(counted: Iterable[tuple[str, Counter[str]]]) -> Iterator[tuple[str, ...]]:
    total: Counter[str] = Counter()
    for name, found in counted:
        total += found
        yield name, str(found.total()), *(str(found[kind]) for kind in KINDS)
    yield "together", str(total.total()), *(str(total[kind]) for kind in KINDS)


def _anchor(title: str) -> str:
    kept = "".join(char for char in title.lower() if char.isalnum() or char in " -_")
    return kept.replace(" ", "-")
