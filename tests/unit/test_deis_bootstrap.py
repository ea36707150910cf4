"""The bootstrap Job: its script against a user table, its shell against failing commands, and the Job itself."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from components.deis.bootstrap import ADVICE, KEEP_THE_LAST, LOGS_COMMAND, SCRIPT, SHELL
from sandbox.providers.mocks import Registered
from tests.support.program.deis_of import JOB, environment_of, objects, of_deis, pod_of

VARIABLES = {
    "ADMINISTRATOR_USERNAME": "admin",
    "ADMINISTRATOR_EMAIL": "ada@example.org",
    "ADMINISTRATOR_HASH": "pbkdf2_sha256$1$salt$first",
}


@dataclass
class User:
    """A row of Django's user table, as far as the script goes."""

    username: str
    email: str = ""
    password: str = ""
    is_superuser: bool = False
    is_staff: bool = False
    is_active: bool = True


@dataclass
class Table:
    """What Django keeps, committed only when the transaction ends well."""

    users: dict[str, User] = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)
    fail_on_save: bool = False
    fail_on_rule: bool = False

    def run(self, monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
        pending: dict[str, User] = {}
        told: list[str] = []

        @contextmanager
        def atomic() -> Any:
            yield
            self.users |= pending
            self.rules += told

        def execute(statements: str) -> None:
            if self.fail_on_rule:
                raise RuntimeError("no right to make a trigger")
            told.append(statements)

        @contextmanager
        def cursor() -> Any:
            yield types.SimpleNamespace(execute=execute)

        def get_or_create(username: str, defaults: dict[str, Any]) -> tuple[User, bool]:
            new = username not in self.users
            user = User(username, email=defaults["email"]) if new else User(**vars(self.users[username]))

            def save() -> None:
                if self.fail_on_save:
                    raise RuntimeError("the database is gone")
                pending[username] = User(**{key: value for key, value in vars(user).items() if key != "save"})

            user.save = save  # type: ignore[attr-defined]
            return user, new

        model = types.SimpleNamespace(objects=types.SimpleNamespace(get_or_create=get_or_create))
        modules = {
            "django": types.ModuleType("django"),
            "django.contrib": types.ModuleType("django.contrib"),
            "django.contrib.auth": types.SimpleNamespace(get_user_model=lambda: model),
            "django.db": types.SimpleNamespace(
                connection=types.SimpleNamespace(cursor=cursor), transaction=types.SimpleNamespace(atomic=atomic)
            ),
        }
        for name, module in modules.items():
            monkeypatch.setitem(sys.modules, name, module)
        for name, value in {**VARIABLES, **variables}.items():
            monkeypatch.setenv(name, value)
        exec(compile(SCRIPT, "bootstrap", "exec"), {})  # noqa: S102


def is_administrator(user: User) -> bool:
    return user.is_superuser and user.is_staff and user.is_active


class TestScript:
    def test_it_makes_the_administrator(self, monkeypatch: pytest.MonkeyPatch) -> None:
        table = Table()
        table.run(monkeypatch)
        assert is_administrator(table.users["admin"])
        assert table.users["admin"].password == VARIABLES["ADMINISTRATOR_HASH"]
        assert table.users["admin"].email == "ada@example.org"

    def test_it_runs_again_and_leaves_a_changed_password_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        table = Table()
        table.run(monkeypatch)
        table.users["admin"].password = "changed by the administrator"
        table.run(monkeypatch)
        assert table.users["admin"].password == "changed by the administrator"

    @pytest.mark.parametrize("lost", ["is_superuser", "is_staff", "is_active"])
    def test_it_restores_an_administrator_that_is_none_any_more(
        self, monkeypatch: pytest.MonkeyPatch, lost: str
    ) -> None:
        table = Table({"admin": User("admin", password="known", is_superuser=True, is_staff=True)})
        setattr(table.users["admin"], lost, False)
        table.run(monkeypatch)
        assert is_administrator(table.users["admin"])
        assert table.users["admin"].password == "known"

    def test_other_users_do_not_stand_in_for_the_administrator(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The permission library makes an anonymous user; that there are users says nothing."""
        table = Table({"AnonymousUser": User("AnonymousUser")})
        table.run(monkeypatch)
        assert is_administrator(table.users["admin"])
        assert not is_administrator(table.users["AnonymousUser"])

    @pytest.mark.parametrize("name", ["ADMINISTRATOR_HASH", "ADMINISTRATOR_USERNAME"])
    @pytest.mark.parametrize("value", ["", "  "])
    def test_it_makes_nobody_without_a_name_or_a_password(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        table = Table()
        with pytest.raises(SystemExit, match="needs a name and the hash of a password"):
            table.run(monkeypatch, **{name: value})
        assert table.users == {}

    def test_an_interruption_leaves_nobody_behind_who_has_no_password(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A second run finds no user then, and so sets the password."""
        table = Table(fail_on_save=True)
        with pytest.raises(RuntimeError):
            table.run(monkeypatch)
        assert table.users == {}
        table.fail_on_save = False
        table.run(monkeypatch)
        assert table.users["admin"].password == VARIABLES["ADMINISTRATOR_HASH"]

    def test_with_the_administrator_comes_the_rule_that_one_stays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """tests/daemons/test_deis_administrators.py has it in a real database."""
        table = Table()
        table.run(monkeypatch)
        assert table.rules == [KEEP_THE_LAST]

    def test_without_the_rule_the_job_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        table = Table(fail_on_rule=True)
        with pytest.raises(RuntimeError):
            table.run(monkeypatch)
        assert table.users == {}

    def test_it_tells_no_hash(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        Table().run(monkeypatch, ADMINISTRATOR_HASH="pbkdf2_sha256$1$salt$correct-horse")
        assert "correct-horse" not in "".join(capsys.readouterr())


class TestShell:
    @pytest.fixture
    def python(self, tmp_path: Path) -> Path:
        """A `python` that notes what it is asked to do, and fails at what FAIL names."""
        made = tmp_path / "python"
        made.write_text('#!/bin/sh\necho "$2" >> "$NOTES"\ntest "$2" != "$FAIL"\n')
        made.chmod(0o755)
        return made

    def run(self, python: Path, fail: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
        notes = python.with_name("notes")
        done = subprocess.run(
            ["/bin/sh", "-c", SHELL, "deis-bootstrap", SCRIPT, ADVICE],
            env={"PATH": f"{python.parent}:{os.environ['PATH']}", "NOTES": str(notes), "FAIL": fail},
            capture_output=True,
            text=True,
            check=False,
        )
        return done, notes.read_text().split()

    def test_it_migrates_and_then_makes_the_administrator(self, python: Path) -> None:
        done, asked = self.run(python, fail="")
        assert (done.returncode, asked) == (0, ["migrate", "shell"])
        assert done.stderr == ""

    @pytest.mark.parametrize(("fail", "asked"), [("migrate", ["migrate"]), ("shell", ["migrate", "shell"])])
    def test_a_failure_fails_the_job_and_says_where_to_look(self, python: Path, fail: str, asked: list[str]) -> None:
        done, found = self.run(python, fail)
        assert done.returncode != 0
        assert found == asked
        assert LOGS_COMMAND in done.stderr


class TestJob:
    @pytest.fixture(scope="class")
    @classmethod
    def job(cls) -> Registered:
        return objects(of_deis())[JOB]

    def test_it_runs_what_is_tested_here(self, job: Registered) -> None:
        (container,) = pod_of(job)["containers"]
        assert container["command"] == ["/bin/sh", "-c", SHELL, "deis-bootstrap", SCRIPT, ADVICE]
        assert set(VARIABLES) <= environment_of(job).keys()
        assert container["terminationMessagePolicy"] == "FallbackToLogsOnError"

    def test_it_ends(self, job: Registered) -> None:
        spec = job.inputs["spec"]
        assert spec["backoffLimit"] > 0
        assert spec["activeDeadlineSeconds"] > 0
        assert "ttlSecondsAfterFinished" not in spec, "once gone, the next refresh would run it again"
        assert pod_of(job)["restartPolicy"] == "Never"

    def test_it_has_no_token(self, job: Registered) -> None:
        assert pod_of(job)["automountServiceAccountToken"] is False
