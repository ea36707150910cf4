"""Reviewed findings of scanners: complete, current, and compared in both directions. `make scan` runs the scanners."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from sandbox.engine.stack import ROOT
from tools.scan import audit, scanners
from tools.scan.audit import failures
from tools.scan.exemption import differences, exemptions
from tools.scan.page import DOCUMENT, PROVIDERS, mute_list, page, sandbox_only
from tools.scan.rendering import Rendering
from tools.scan.scanners import SCANNERS, Finding, pinned


def test_the_document_is_current() -> None:
    assert DOCUMENT.read_text() == page(), "run `make docs`"


@pytest.mark.parametrize("scanner", SCANNERS)
class TestReviews:
    def test_each_says_why_and_where(self, scanner: str) -> None:
        for entry in exemptions(scanner):
            assert entry.resources
            assert entry.title
            assert entry.reason.endswith(".")
            assert (ROOT / entry.document).is_file()

    def test_nothing_is_reviewed_twice(self, scanner: str) -> None:
        found = Counter(Finding(entry.check, name) for entry in exemptions(scanner) for name in entry.resources)
        assert found
        assert max(found.values()) == 1


def test_a_review_without_a_reason_is_refused(tmp_path: Path) -> None:
    tmp_path.joinpath("x.toml").write_text(
        '[[exemptions]]\ncheck = "A"\ntitle = "T"\nresources = ["r"]\ndocument = "docs/deis.md"\n'
    )
    with pytest.raises(TypeError, match="reason"):
        exemptions("x", tmp_path)


def test_a_new_finding_and_a_stale_review_are_differences() -> None:
    entries = exemptions("kube-score")
    findings = {finding for entry in entries for finding in entry.findings()}
    assert not [*differences(findings, entries)]
    gone = min(findings)
    (stale,) = differences(findings - {gone}, entries)
    assert stale.startswith(f"stale: {gone.check} on {gone.resource}")
    (new,) = differences(findings | {Finding("privileged", "Deployment/deis/new")}, entries)
    assert new == "new: privileged on Deployment/deis/new"


def test_versions_are_those_of_the_locks() -> None:
    assert all(scanner.version[0].isdigit() for scanner in SCANNERS.values())
    assert pinned("prowler")
    with pytest.raises(FileNotFoundError):
        pinned("another")


@pytest.fixture
def rendering(tmp_path: Path) -> Rendering:
    tmp_path.joinpath("repository").mkdir()
    return Rendering(tmp_path)


def _prints(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, code: int = 0) -> None:
    """Both ways to find a scanner lead to a program that prints this, and writes gitleaks' report."""
    tool = tmp_path / "tool"
    body = f"open({str(tmp_path / 'gitleaks.json')!r}, 'w').write({text!r}); print({text!r}); raise SystemExit({code})"
    tool.write_text(f"#!{sys.executable}\n{body}\n")
    tool.chmod(0o755)
    for lookup in ("_go", "_python"):
        monkeypatch.setattr(scanners, lookup, lambda name: tool)


def test_kube_score_names_kind_namespace_and_object(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rendering: Rendering
) -> None:
    checks = [
        {"check": {"id": name}, "grade": grade, "skipped": skipped}
        for name, grade, skipped in (("bad", 1, False), ("warning", 5, False), ("good", 10, False), ("none", 1, True))
    ]
    report = [{"object_name": "Deployment/apps/v1/deis/router", "checks": checks}]
    _prints(monkeypatch, tmp_path, json.dumps(report), code=1)
    router = "Deployment/deis/router"
    assert {*SCANNERS["kube-score"].scan(rendering)} == {Finding("bad", router), Finding("warning", router)}


def test_checkov_reads_one_report_and_many(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rendering: Rendering
) -> None:
    report = {"results": {"failed_checks": [{"check_id": "CKV_1", "resource": "Job.deis.a.b"}]}}
    for reports in (report, [report]):
        _prints(monkeypatch, tmp_path, json.dumps(reports))
        assert [*SCANNERS["checkov"].scan(rendering)] == [Finding("CKV_1", "Job/deis/a.b")]


def test_another_literal_in_the_same_file_is_another_finding(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rendering: Rendering
) -> None:
    leaks = [{"RuleID": "jwt", "File": "a.py", "Secret": secret} for secret in ("one", "two")]
    _prints(monkeypatch, tmp_path, json.dumps(leaks))
    found = [*SCANNERS["gitleaks"].scan(rendering)]
    assert len({*found}) == 2
    assert "one" not in repr(found)


def test_a_scanner_that_fails_finds_nothing_in_silence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rendering: Rendering
) -> None:
    _prints(monkeypatch, tmp_path, "[]", code=2)
    for name in ("kube-score", "checkov", "cloudsplaining", "gitleaks"):
        with pytest.raises(RuntimeError, match="ended with 2"):
            list(SCANNERS[name].scan(rendering))


def test_no_user_mutes_what_only_the_sandbox_shows() -> None:
    tables = sandbox_only()
    assert tables.keys() == {"emulation", "open"}
    assert not mute_list("aws").keys() & {check for table in tables.values() for check in table}


def test_muted_failures_of_prowler_are_told_from_others() -> None:
    findings = [
        {
            "status_code": code,
            "status": status,
            "metadata": {"event_code": f"{code}-{status}"},
            "resources": [{"name": "r", "uid": "arn"}],
        }
        for code in ("PASS", "FAIL", "MANUAL")
        for status in ("New", "Suppressed")
    ]
    assert [*failures(findings, muted=False)] == [Finding("FAIL-New", "r")]
    assert [*failures(findings, muted=True)] == [Finding("FAIL-Suppressed", "r")]


def test_prowler_reads_the_sandbox_with_our_mute_list(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tool = tmp_path / "prowler"
    tool.write_text(
        f'#!/bin/sh\necho "$*" >{tmp_path}/arguments; echo "[]" >{tmp_path}/kubernetes.ocsf.json; exit $CODE\n'
    )
    tool.chmod(0o755)
    monkeypatch.setattr(audit, "COMMAND", tool)
    variables = {"KUBECONFIG": "/k", "CODE": str(audit.FAILED)}
    assert audit.run("kubernetes", variables, tmp_path) == []
    given = tmp_path.joinpath("arguments").read_text()
    assert given.startswith("kubernetes --kubeconfig-file /k --mutelist-file ")
    assert "exemptions/prowler-kubernetes.yaml" in given
    with pytest.raises(RuntimeError, match="ended with 1"):
        audit.run("kubernetes", {**variables, "CODE": "1"}, tmp_path)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_mute_list_says_why(provider: str) -> None:
    checks = mute_list(provider)
    assert checks
    for muted in checks.values():
        assert muted.keys() == {"Regions", "Resources", "Description"}
        assert muted["Regions"] == ["*"]
        assert muted["Resources"]
        assert muted["Description"].endswith(".")
