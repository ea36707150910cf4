"""What `python -m policies check` makes of states, previews and plans."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY

from policies.check.reading import read
from policies.check.resources import REFERENCE_SIG, UNKNOWN, InputError, decoded
from tests.policies.conftest import OPEN
from tests.support.policies.stacks import (
    ALL_BLOCKED,
    BLOCK,
    BUCKET,
    ENCRYPTED,
    GROUP,
    ROOT,
    SECRET,
    export,
    group,
    plan,
    preview,
    resource,
    urn,
    written,
)


class TestWhatIsRead:
    @pytest.mark.parametrize("version", [3, 4])
    def test_an_export(self, check: Any, version: int) -> None:
        told = check(export(group(), version=version))
        assert (told.code, told.stack["kind"], told.stack["name"]) == (1, "state", "shop/prod")
        assert told.broken() == {(OPEN, urn(GROUP, "web"))}

    def test_a_deployment_alone_and_a_checkpoint_of_a_backend(self, check: Any) -> None:
        whole = export(group())
        assert check(whole["deployment"]).broken() == check(whole).broken()
        assert check({"version": 3, "checkpoint": {"latest": whole["deployment"]}}).broken() == check(whole).broken()

    def test_the_standard_input(self, check: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        raw = io.TextIOWrapper(io.BytesIO(json.dumps(export(group())).encode()))
        monkeypatch.setattr(sys, "stdin", raw)
        assert check("-").broken() == {(OPEN, urn(GROUP, "web"))}

    def test_a_preview_without_what_it_deletes(self, check: Any) -> None:
        told = check(preview(("create", group()), ("delete", group(name="old")), ("same", group("10.0.0.0/8", "in"))))
        assert told.stack["kind"] == "preview"
        assert told.broken() == {(OPEN, urn(GROUP, "web"))}

    def test_a_preview_that_leaves_unchanged_resources_out_says_so(self, check: Any) -> None:
        (note,) = check(preview(("create", group()), changeSummary={"same": 3})).stack["notes"]
        assert "3 unchanged resources" in note
        assert "--show-sames" in note

    def test_a_preview_that_tells_of_an_error_may_not_be_whole(self, check: Any) -> None:
        diagnostics = [{"severity": "warning", "message": "old"}, {"severity": "error", "message": "it\nbroke"}]
        told = check(preview(("create", group()), diagnostics=diagnostics))
        assert told.stack["notes"] == ["the preview tells of an error and may lack parts: it broke"]
        assert told.code == 1

    def test_what_a_preview_replaces_is_judged_as_it_will_be(self, check: Any) -> None:
        steps = (("create-replacement", group("10.0.0.0/8")), ("replace", group("10.0.0.0/8")))
        assert check(preview(*steps, ("delete-replaced", group()))).code == 0

    def test_a_plan_of_what_is_new(self, check: Any) -> None:
        told = check(plan(group()))
        assert (told.stack["kind"], told.broken()) == ("plan", {(OPEN, urn(GROUP, "web"))})

    def test_a_plan_of_what_exists_needs_the_state_before(self, check: Any, tmp_path: Path) -> None:
        changes = plan(group(), step="update", updates={"description": "OPEN"})
        told = check(changes)
        assert told.code == 2
        assert "give the state before with --state" in told.err
        state = written(tmp_path, export(group()), "state.json")
        assert check(changes, "--state", state).broken() == {(OPEN, urn(GROUP, "web"))}
        assert check(plan(group(), step="create-replacement", updates={})).code == 2
        repaired = plan(group(), step="update", updates={"ingress": []}, deletes=["tags"])
        assert check(repaired, "--state", state).code == 0

    def test_what_waits_for_its_deletion_is_not_judged_and_said(self, check: Any) -> None:
        told = check(export(group(delete=True), pending_operations=[{}]), "--allow-empty")
        assert told.code == 0
        assert [note[:11] for note in told.stack["notes"]] == ["1 of the re", "interrupted"]

    def test_what_is_only_looked_up_is_not_held_against_anybody(self, check: Any) -> None:
        assert check(export(group(external=True))).code == 0

    def test_an_empty_stack_has_nothing_to_judge(self, check: Any) -> None:
        told = check({"version": 3, "deployment": None}, "--format", "text")
        assert told.code == 2
        assert "Nothing was judged" in told.out
        assert "--allow-empty" in told.err
        assert check({"version": 3, "deployment": None}, "--allow-empty").code == 0

    def test_the_line_of_the_program_is_kept_if_it_is_of_the_project(self, check: Any) -> None:
        ours, theirs = "project:///components/web.py#40", "project:///../../lib/python/web.py#40"
        (known,) = check(export(group(sourcePosition=ours))).stack["findings"]
        (strange,) = check(export(group(sourcePosition=theirs))).stack["findings"]
        assert known["program"] == {"file": "components/web.py", "line": 40}
        assert strange["program"] is None


class TestWhatIsKnown:
    def test_an_encrypted_secret_is_left_open_and_listed(self, check: Any) -> None:
        secret = resource(SECRET, "creds", {"metadata": {"name": "database-creds"}, "stringData": ENCRYPTED})
        told = check(export(secret))
        assert told.code == 0
        assert {(one["policy"], *one["paths"]) for one in told.stack["open"]} >= {
            ("no-default-credentials", "stringData")
        }
        assert "djE6c2VjcmV0" not in told.out

    def test_a_blinded_one_of_a_preview_too(self) -> None:
        assert decoded({"a": ["[secret]", "[secret] or not"]}) == {"a": [UNKNOWN, "[secret] or not"]}

    def test_a_secret_in_plain_text_is_judged_as_the_engine_does(self) -> None:
        plain = {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "plaintext": json.dumps({"a": [1, ENCRYPTED]})}
        assert decoded(plain) == {"a": [1, UNKNOWN]}
        assert decoded({**plain, "plaintext": "{"}) == UNKNOWN

    def test_a_reference_stands_for_what_it_refers_to(self) -> None:
        assert decoded({SPECIAL_SIG_KEY: REFERENCE_SIG, "urn": "urn:x", "id": "vpc-1"}) == "vpc-1"
        assert decoded({SPECIAL_SIG_KEY: REFERENCE_SIG, "urn": "urn:x"}) == "urn:x"

    def test_stack_policies_see_outputs_and_dependencies(self, check: Any) -> None:
        bucket = resource(BUCKET, "data", {"bucket": "data"}, outputs={"id": "data", "bucket": "data"})
        block = resource(BLOCK, "data", {"bucket": "data", **ALL_BLOCKED})
        lacking = ("s3-bucket-has-access-block", urn(BUCKET, "data"))
        assert lacking in check(export(bucket)).broken()
        assert lacking not in check(export(bucket, block)).broken()
        # Before the bucket is there only the dependency tells.
        blocking = {**block["inputs"], "bucket": UNKNOWN}
        depending = resource(BLOCK, "data", blocking, propertyDependencies={"bucket": [bucket["urn"]]})
        assert lacking not in check(preview(("create", bucket), ("create", depending))).broken()


class TestReading:
    def test_lines_are_those_of_the_resources_own_entries(self, tmp_path: Path) -> None:
        child = group(parent=urn(ROOT, "shop-prod"))
        path = written(tmp_path, export(child))
        lines = Path(path).read_text().splitlines()
        found = read(path).lines
        assert set(found) == {urn(ROOT, "shop-prod"), child["urn"]}
        assert all(f'"urn": "{name}"' in lines[line - 1] for name, line in found.items())

    def test_bytes_that_are_no_text_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "state.json").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(InputError, match="is not UTF-8"):
            read(str(tmp_path / "state.json"))
