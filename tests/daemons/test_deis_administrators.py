"""The rule that the bootstrap Job leaves in Deis's database, in a real PostgreSQL: one administrator always stays."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from components.deis.bootstrap import KEEP_THE_LAST

NOBODY = 65534
"""PostgreSQL refuses to run as root."""
REFUSED = "the last administrator stays"
OWNER = "deis"
"""Of the database, without rights on the server, as on RDS."""
TABLE = """
CREATE TABLE auth_user (
    id serial PRIMARY KEY, username varchar(150) UNIQUE NOT NULL, last_login timestamptz,
    is_superuser boolean NOT NULL, is_staff boolean NOT NULL, is_active boolean NOT NULL
);
"""
ROWS = """
DROP FUNCTION IF EXISTS keep_the_last_superuser CASCADE;
TRUNCATE auth_user;
INSERT INTO auth_user (username, is_superuser, is_staff, is_active)
    VALUES ('ada', true, true, true), ('grace', true, true, true), ('lin', false, false, true);
"""


@dataclass(frozen=True)
class Server:
    """A PostgreSQL that listens on a socket in its folder and nowhere else."""

    folder: Path
    programs: Path

    def run(self, program: str, *arguments: str) -> None:
        subprocess.run([self.programs / program, *arguments], user=NOBODY, group=NOBODY, extra_groups=[], check=True)

    def command(self, role: str = OWNER, database: str = OWNER) -> list[str]:
        options = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "-v", "ON_ERROR_STOP=1"]
        return ["psql", *options, "-h", str(self.folder), "-U", role, database]

    def told(self, statements: str, **of: str) -> str:
        """What the server says: the answer, or the error."""
        done = subprocess.run(self.command(**of), input=statements, capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).strip()

    def administrators(self) -> list[str]:
        return self.told("SELECT username FROM auth_user WHERE is_superuser ORDER BY username;").split()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # A short path: a socket's has at most 107 signs. Nobody has to get through to it.
    folder = Path(subprocess.check_output(["mktemp", "-d", "/tmp/deis.XXXX"], text=True).strip())
    os.chown(folder, NOBODY, NOBODY)
    (newest,) = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))[-1:]
    made = Server(folder, newest.parent)
    data = str(folder / "data")
    made.run("initdb", "-D", data, "-U", "root", "--auth=trust", "--no-sync")
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    made.run("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        made.told(
            f"CREATE ROLE {OWNER} LOGIN; CREATE DATABASE {OWNER} OWNER {OWNER};", role="root", database="postgres"
        )
        assert made.told(TABLE) == ""
        yield made
    finally:
        made.run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture
def users(server: Server) -> Server:
    """ada and grace administer, lin does not; the Job has run twice."""
    assert server.told(f"SET client_min_messages = warning; {ROWS} {KEEP_THE_LAST} {KEEP_THE_LAST}") == ""
    return server


def test_without_the_rule_the_last_one_can_go(users: Server) -> None:
    """What makes the rule necessary: the next one to register would be the administrator."""
    users.told("DROP TRIGGER keep_the_last_superuser ON auth_user; DELETE FROM auth_user WHERE is_superuser;")
    assert users.administrators() == []


@pytest.mark.parametrize(
    "leave",
    [
        "DELETE FROM auth_user WHERE username = '{}';",
        "UPDATE auth_user SET is_superuser = false, is_staff = false WHERE username = '{}';",
    ],
    ids=["auth:cancel", "perms:delete --admin"],
)
def test_one_administrator_stays(users: Server, leave: str) -> None:
    assert users.told(leave.format("ada")) == ""
    assert REFUSED in users.told(leave.format("grace"))
    assert users.administrators() == ["grace"]


@pytest.mark.parametrize(
    "everybody",
    [
        "DELETE FROM auth_user;",
        "UPDATE auth_user SET is_superuser = false;",
        "TRUNCATE auth_user;",
        "TRUNCATE auth_user RESTART IDENTITY CASCADE;",
    ],
)
def test_not_all_of_them_go_at_once(users: Server, everybody: str) -> None:
    assert REFUSED in users.told(everybody)
    assert users.administrators() == ["ada", "grace"]


def test_two_who_go_at_the_same_time_do_not_count_on_each_other(users: Server) -> None:
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(users.command(), text=True, **pipes) as first:
        assert first.stdin is not None
        assert first.stdout is not None
        first.stdin.write("BEGIN; DELETE FROM auth_user WHERE username = 'ada'; SELECT 'gone';\n")
        first.stdin.flush()
        assert first.stdout.readline() == "gone\n"
        second = "SET lock_timeout = '{}'; DELETE FROM auth_user WHERE username = 'grace';"
        assert "lock timeout" in users.told(second.format("200ms")), "it has to wait for the first"
        first.communicate("COMMIT;\n")
    assert REFUSED in users.told(second.format("5s"))
    assert users.administrators() == ["grace"]


def test_everything_else_goes_on(users: Server) -> None:
    for statement in (
        "UPDATE auth_user SET last_login = now();",
        "UPDATE auth_user SET is_superuser = true WHERE username = 'lin';",
        "DELETE FROM auth_user WHERE username IN ('ada', 'grace');",
    ):
        assert users.told(statement) == ""
    assert users.administrators() == ["lin"]
