"""The real Pulumi engine on the sandbox's services: any program as a stack, with or without the policy pack.

    engine = Engine(state, binaries)
    stack = engine.stack("mine", program=folder_or_function, config={"palisade:layer": "all"})
    stack.up()                       # raises EngineError with the engine's own words
    stack.outputs(), stack.destroy()

A program is a folder with a `__main__.py`, or a Python function; each run of it has a process of its own (programs.py).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import yaml
from pulumi import automation as auto
from pulumi.automation.events import EngineEvent

from sandbox.engine import identities, plugins, programs
from sandbox.engine.errors import SandboxError
from sandbox.engine.identities import REGION
from sandbox.engine.pki import write_private
from sandbox.engine.processes import clean_environment
from sandbox.engine.programs import ROOT
from sandbox.engine.state import State
from sandbox.providers import faults

PACK, PACK_FILE = ROOT / "policies", "PulumiPolicy.yaml"
LANGUAGE_HOST, PYTHON_HOST = Path(__file__).with_name("language.py"), plugins.LANGUAGE_HOST
OnEvent = Callable[[EngineEvent], object]
FROM_PATH = "using pulumi-"
"""In the engine's remark about every plugin that it finds in PATH, as all of the sandbox's."""
COLOUR = re.compile(r"<\{%[^%]*%\}>|\x1b\[[0-9;]*m")


class EngineError(SandboxError):
    """The engine refused or failed; `output` is all that it printed, the error's text its reasons."""

    def __init__(self, output: str) -> None:
        self.output = COLOUR.sub("", output)
        super().__init__(_reasons(self.output))


def _reasons(output: str) -> str:
    """The engine's reports of policies and diagnostics, without the hundreds of lines of progress before them."""
    lines = output.splitlines()
    starts = [index for index, line in enumerate(lines) if line in ("Policies:", "Diagnostics:")]
    if not starts:
        return output
    ends = [index for index, line in enumerate(lines) if line in ("Outputs:", "Resources:", " stderr: ")]
    end = next((index for index in ends if index > starts[-1]), len(lines))
    return "\n".join(line for line in lines[starts[0] : end] if FROM_PATH not in line).strip()


class Engine:
    """The engine with the sandbox's backend, plugins and services around it.

    Args:
        state: the sandbox's folder, with its services recorded.
        binaries: name -> path.
    """

    def __init__(self, state: State, binaries: Mapping[str, Path]) -> None:
        self._state = state
        self._bin, self._host = state.folder / "bin", state.folder / "host"
        self.real_plugins = plugins.used(state)
        """Provider, or PYTHON_HOST -> the installed plugin that is used instead of the sandbox's own."""
        self._write_plugins(binaries)

    def environment(self, person: str | None = None) -> dict[str, str]:
        """What the engine, and a person's `pulumi`, `aws` and `kubectl`, need to see this sandbox.

        Args:
            person: who works with it; the first administrator where it is not given.

        Raises:
            SandboxError: there is no such person, or the emulated AWS does not answer.
        """
        emulator = self._state.services()["aws"]
        path = clean_environment()["PATH"]
        return {
            "PATH": f"{self._bin}:{path}",
            "KUBECONFIG": str(self._state.kubeconfig),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{emulator.port}",
            # Not the user's own profiles and configuration, which could name other endpoints.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            **identities.session(emulator.port, person),
            "PULUMI_HOME": str(self._state.folder / "pulumi"),
            "PULUMI_BACKEND_URL": f"file://{self._state.folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self._passphrase()),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }

    def _passphrase(self) -> Path:
        """The file with the passphrase that encrypts this sandbox's state; made once."""
        path = self._state.folder / "passphrase"
        if not path.exists():
            write_private(path, secrets.token_urlsafe(32).encode())
        return path

    def require_idle(self) -> None:
        """Refuses to go on while an engine of an earlier command, whose end was not waited for, is still at work.

        Raises:
            SandboxError: names its process.
        """
        for process in psutil.process_iter(["cmdline"]):
            if (process.info["cmdline"] or [""])[0] == str(self._bin / "pulumi"):
                raise SandboxError(
                    f"the engine of an earlier command is still at work (process {process.pid}); wait for it to end"
                )

    def _write_plugins(self, binaries: Mapping[str, Path]) -> None:
        """A folder with the engine, the stand-in providers and the hosts of languages, to be first in PATH."""
        self._bin.mkdir(parents=True, exist_ok=True)
        # The engine's own command line, which may be used before any stack was made here, does not make it.
        (self._state.folder / "backend").mkdir(exist_ok=True)
        variables = {"PYTHONPATH": ROOT, faults.VARIABLE: self._state.faults}
        told = " ".join(f"{name}={shlex.quote(str(value))}" for name, value in variables.items())
        python = f"{told} exec {shlex.quote(sys.executable)}"
        for name in plugins.PROVIDERS:
            real = self.real_plugins.get(name)
            command = f'exec {shlex.quote(str(real))} "$@"' if real else f"{python} -m sandbox.providers.{name}"
            _script(self._bin / f"pulumi-resource-{name}", command)
        # As the CLI would start the component package from its folder.
        _script(self._bin / "pulumi-resource-palisade", f'exec {shlex.quote(sys.executable)} {ROOT / "package"} "$@"')
        # The engine gives its address first and the pack's folder second; a pack expects the reverse.
        analyzer = f'exec {shlex.quote(sys.executable)} -u "$2" "$1"'
        _script(self._bin / "pulumi-analyzer-policy-python", analyzer)
        # -P: neither the sandbox's folder nor the repository is in the path of the programs that it runs.
        host = f'exec {shlex.quote(sys.executable)} -P {shlex.quote(str(LANGUAGE_HOST))} "$@"'
        if real := self.real_plugins.get(PYTHON_HOST):
            # It runs programs with this Python, where their packages are.
            host = f'PULUMI_PYTHON_CMD={shlex.quote(sys.executable)} exec {shlex.quote(str(real))} "$@"'
        self._host.mkdir(exist_ok=True)
        _script(self._host / PYTHON_HOST, host)
        if shutil.which(PYTHON_HOST, path=clean_environment()["PATH"]) in (None, str(self._bin / PYTHON_HOST)):
            _script(self._bin / PYTHON_HOST, host)
        # The kubeconfig's `aws eks get-token`; the same version of it on every machine.
        aws = {"aws": Path(sys.executable).with_name("aws")}
        for name in ("pulumi", "pulumi-language-yaml", "kubectl", "aws"):
            link = self._bin / name
            # What is found in PATH may be this very link, after `eval "$(python -m sandbox env)"`.
            target = {**binaries, **aws}[name].resolve()
            link.unlink(missing_ok=True)
            link.symlink_to(target)

    def stack(
        self,
        name: str,
        program: programs.Program,
        config: Mapping[str, str] | None = None,
        *,
        project: str = "palisade",
        pack: Path | None = PACK,
        pack_config: Mapping[str, Any] | None = None,
        secret_config: Mapping[str, str] | None = None,
    ) -> Stack:
        """A stack of the program, made if it is not there.

        Args:
            name: the stack's name.
            program: a folder with `__main__.py`, or a function that registers resources: one that pickle can name,
                of a module, or a `functools.partial` of one. The last one given for a name is run.
            config: full key -> value, as text; what is not text as JSON.
            project: the Pulumi project's name.
            pack: the policy pack that is enforced; None for none.
            pack_config: the pack's configuration, by policy.
            secret_config: as `config`, encrypted.

        Raises:
            EngineError: the stack's state or settings cannot be read.
        """
        folder = self._state.folder / "projects" / project
        folder.mkdir(parents=True, exist_ok=True)
        programs.write(folder, name, program)
        environment = self.environment()
        # This host, also where a CLI brings its own, which would look for packages of the project's, unless that one is
        # asked for: then it is this host.
        environment["PATH"] = f"{self._host}:{environment['PATH']}"
        with _in_its_own_words():
            made = auto.create_or_select_stack(
                stack_name=name,
                work_dir=str(folder),
                opts=auto.LocalWorkspaceOptions(
                    env_vars=environment,
                    pulumi_home=environment["PULUMI_HOME"],
                    pulumi_command=auto.PulumiCommand(root=str(self._state.folder)),
                    project_settings=auto.ProjectSettings(name=project, runtime="python"),
                ),
            )
            _configure(made, config or {}, secret_config or {})
        settings = None
        if pack is not None and pack_config is not None:
            settings = folder / f"{name}.policies.json"
            settings.write_text(json.dumps(pack_config))
        real = self._state.faults if self.real_plugins else None
        return Stack(made, pack and self._runnable(pack), settings, self._state.logs / "engine.log", real)

    def _runnable(self, pack: Path) -> Path:
        """The pack's folder, or links to it without the environment that `pulumi install` would make.

        A real language host runs a pack in that environment, and where it is missing waits for ever.
        """
        if PYTHON_HOST not in self.real_plugins:
            return pack
        links = self._state.folder / "pack"
        shutil.rmtree(links, ignore_errors=True)
        links.mkdir()
        for each in pack.iterdir():
            if each.name not in (PACK_FILE, ".venv"):
                (links / each.name).symlink_to(each)
        told = yaml.safe_load((pack / PACK_FILE).read_text())
        (links / PACK_FILE).write_text(yaml.safe_dump({**told, "runtime": "python"}))
        return links


class Stack:
    """One stack: the engine's operations, with errors in the engine's words.

    With real plugins (`unheard_faults` names the plan that they do not read) nothing runs while faults are planned.
    """

    def __init__(
        self, stack: auto.Stack, pack: Path | None, pack_config: Path | None, log: Path, unheard_faults: Path | None
    ) -> None:
        self._stack, self._log, self._unheard_faults = stack, log, unheard_faults
        self._policies: dict[str, Any] = {"policy_packs": [str(pack)]} if pack else {}
        if pack_config:
            self._policies["policy_pack_configs"] = [str(pack_config)]

    @property
    def name(self) -> str:
        """The stack's name."""
        return self._stack.name

    def up(
        self,
        on_event: OnEvent | None = None,
        *,
        refresh: bool = False,
        continue_on_error: bool = False,
        parallel: int | None = None,
    ) -> auto.UpResult:
        """Creates and changes what the program says.

        Args:
            on_event: called with every event of the engine.
            refresh: first refresh the state from the real resources.
            continue_on_error: after a fault go on with what does not depend on it.
            parallel: operations at once; None: as many as the engine thinks good.

        Raises:
            EngineError: a policy, a provider or the program refused.
        """
        return self._run(
            self._stack.up,
            on_event=on_event,
            refresh=refresh or None,
            continue_on_error=continue_on_error or None,
            parallel=parallel,
            **self._policies,
        )

    def preview(self, on_event: OnEvent | None = None) -> auto.PreviewResult:
        """What `up` would do. Raises as `up`."""
        return self._run(self._stack.preview, on_event=on_event, **self._policies)

    def refresh(self, on_event: OnEvent | None = None) -> auto.RefreshResult:
        """Update the state from the real resources. Raises as `up`."""
        return self._run(self._stack.refresh, on_event=on_event)

    def destroy(self, on_event: OnEvent | None = None, *, run_program: bool = False) -> auto.DestroyResult:
        """Deletes everything of the stack. Raises as `up`.

        Args:
            on_event: called with every event of the engine.
            run_program: run the program too, for hooks before a deletion.
        """
        return self._run(self._stack.destroy, on_event=on_event, run_program=run_program or None)

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs; secret ones are left out."""
        return {name: output.value for name, output in self._stack.outputs().items() if not output.secret}

    def secret_outputs(self) -> dict[str, Any]:
        """The stack's secret outputs, in plain text."""
        return {name: output.value for name, output in self._stack.outputs().items() if output.secret}

    def export(self) -> dict[str, Any]:
        """The stack's state as it is stored, its secrets encrypted."""
        # The Automation API's own export decrypts them.
        workspace = self._stack.workspace
        exported = workspace.pulumi_command.run(
            ["stack", "export", "--stack", self._stack.name], workspace.work_dir, workspace.env_vars
        )
        return dict(json.loads(exported.stdout)["deployment"] or {})

    def remove(self) -> None:
        """Forgets an empty stack. Raises as `up` where it is not."""
        with _in_its_own_words():
            self._stack.workspace.remove_stack(self._stack.name)

    def unlock(self) -> None:
        """Release the lock of a killed engine. Raises as `up` if the state cannot be read."""
        with _in_its_own_words():
            self._stack.cancel()

    def _run(self, operation: Callable[..., Any], **arguments: Any) -> Any:
        planned = faults.Faults(self._unheard_faults).plan if self._unheard_faults else faults.Plan()
        if planned.kinds or planned.seconds:
            raise SandboxError("faults and delays are put in by stand-ins only; make a sandbox without --plugins real")
        given = {key: value for key, value in arguments.items() if value is not None}
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("a") as log, ThreadPoolExecutor(max_workers=1) as pool:
            # In a thread, so that Ctrl-C stops the engine, which gets it as well, and not the waiting for it: what is
            # being made is finished and recorded.
            running = pool.submit(
                operation, color="never", on_output=lambda line: print(line, file=log, flush=True), **given
            )
            with _in_its_own_words():
                return _patiently(running)


@contextlib.contextmanager
def _in_its_own_words() -> Iterator[None]:
    """Turns what the engine's command line ended with into its own words."""
    try:
        yield
    except auto.errors.CommandError as fault:
        raise EngineError(str(fault)) from None


def _patiently(running: Future[Any]) -> Any:
    """The result of an operation, which the engine itself ends when it is interrupted."""
    told = "stopping as soon as what is being made is recorded; this takes a moment"
    while True:
        try:
            return running.result()
        except KeyboardInterrupt:
            print(told, file=sys.stderr)
            told = "ending at once; what was being made may exist and is not recorded: docs/recovery.md says what to do"


def _configure(stack: auto.Stack, plain: Mapping[str, str], secret: Mapping[str, str]) -> None:
    """Makes the stack's configuration exactly the given one."""
    wanted = {key: auto.ConfigValue(value) for key, value in plain.items()}
    wanted |= {key: auto.ConfigValue(value, secret=True) for key, value in secret.items()}
    current = stack.get_all_config()
    if stale := [key for key in current if key not in wanted]:
        stack.remove_all_config(stale)
    if any(key not in current or current[key].value != value.value for key, value in wanted.items()):
        stack.set_all_config(wanted)


def _script(path: Path, command: str) -> None:
    content = f"#!/bin/sh\n{command}\n"
    if not path.exists() or path.read_text() != content:
        path.write_text(content)
        path.chmod(0o755)
