"""The commands: up, preview, refresh, down, status, env, services, tools; `doctor` is in doctor.py."""

from __future__ import annotations

import argparse
import errno
import importlib.metadata
import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from components.foundation import OUTPUT
from sandbox.engine import binaries, installed, layers, plugins
from sandbox.engine.environment import AWS, Services
from sandbox.engine.errors import SandboxError
from sandbox.engine.identities import STACK
from sandbox.engine.layers import Override
from sandbox.engine.pki import write_private
from sandbox.engine.processes import clean_environment
from sandbox.engine.stack import ROOT, Engine, EngineError, Stack
from sandbox.engine.state import State
from sandbox.progress import Progress, times

FOLDER = ROOT / ".sandbox"
OF_THE_MACHINE = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR)
"""Errors of a full or read-only file system: conditions of the machine, not bugs."""
LINKS = "links.json"
"""The file in a sandbox's folder with what `up` showed at its end, for `status`."""
console = Console(stderr=True, highlight=False)


def say(line: str) -> None:
    """Tells the person what is going on."""
    console.print(escape(line))


ELSEWHERE: set[str] = set()
"""Variables of the caller that were left out, because they point at another cloud, stack or cluster."""


def _override(text: str) -> Override:
    key, separator, value = text.partition("=")
    if not key or not separator:
        raise argparse.ArgumentTypeError(f"{text!r}: give it as KEY=VALUE, such as palisade:name=test")
    return key, value


def _ready(state: State, overrides: Sequence[Override]) -> Iterator[Stack]:
    """The stacks on services that run, in the order in which they are deployed."""
    tools = Services(state, say).up()
    engine = Engine(state, tools)
    engine.require_idle()
    if engine.real_plugins:
        real = [f"{name} {plugins.version(name, path)} ({path})" for name, path in engine.real_plugins.items()]
        say(f"real plugins: {', '.join(real)}")
        left = [name for name in plugins.PROVIDERS if name not in engine.real_plugins]
        say(f"stand-ins: {', '.join(left) or 'none'}; faults and delays cannot be put into real plugins")
    for name, config in layers.stack_configs(state, overrides).items():
        yield engine.stack(name, ROOT, config)


def up(state: State, overrides: Sequence[Override]) -> int:
    """Deploys the whole environment, or updates it to the current program."""
    with state.locked():
        progress, outputs = Progress(console), dict[str, Any]()
        for stack in _ready(state, overrides):
            say(f"deploying the stack {stack.name}, with the policy pack enforced")
            # No engine runs: a lock that is there was left behind.
            stack.unlock()
            stack.up(progress)
            outputs |= stack.outputs()
            if "kubeconfig" in outputs:
                write_private(state.kubeconfig, outputs["kubeconfig"].encode())
        _summary(state, progress, outputs)
    return 0


def _summary(state: State, progress: Progress, outputs: dict[str, Any]) -> None:
    changed = ", ".join(f"{count} {operation}" for operation, count in sorted(progress.changes.items()))
    say(f"done in {progress.seconds:.0f} s: {changed or 'nothing changed'}")
    if progress.components:
        Console().print(times(progress.components))
    runs = links(state, progress, outputs)
    (state.folder / LINKS).write_text(json.dumps(runs))
    Console().print(link_table(runs))
    Console().print(
        "Next:\n"
        f'  eval "$({_command("env", state)})"      points kubectl, aws and pulumi at it\n'
        "  kubectl get pods -n deis          Deis's pods\n"
        "  aws eks describe-cluster --name palisade\n"
        f"  {_command('down', state)}         removes all of it",
        highlight=False,
    )


def links(state: State, progress: Progress, outputs: dict[str, Any]) -> list[list[str]]:
    """Rows of what runs: what, where, of which version."""
    tools = binaries.find(say)

    def version(name: str) -> str:
        return ".".join(map(str, installed.version(tools[name], *installed.TOOLS[name].asked) or ()))

    rows = [
        [title, str(outputs[key]), detail]
        for title, key, detail in (
            ("Kubernetes API", "apiEndpoint", version("kube-apiserver")),
            ("cluster", "clusterName", ""),
            ("VPN endpoint", "vpnEndpoint", ""),
            ("dashboard (on AWS)", "dashboardUrl", ""),
            ("Deis", "deisUrl", ""),
            ("Deis's load balancer", "deisLoadBalancer", ""),
        )
        if key in outputs
    ]
    aws = state.services().get(AWS)
    rows += [["emulated AWS", f"http://127.0.0.1:{aws.port}", importlib.metadata.version("moto")]] if aws else []
    rows += [["policies passed", name, version] for name, version in progress.policies.items()]
    return [*rows, ["engine", "pulumi", version("pulumi")], ["logs", str(state.logs), ""]]


def link_table(rows: Sequence[Sequence[str]]) -> Table:
    """The table of what runs."""
    table = Table("", title="What runs", title_justify="left")
    # An address that is cut off leads nowhere.
    table.add_column("where", overflow="fold")
    table.add_column("version")
    for row in rows:
        table.add_row(*row)
    return table


def _command(name: str, state: State) -> str:
    """The command line of another command on the same sandbox."""
    python = Path(sys.executable)
    shown = python.relative_to(Path.cwd()) if python.is_relative_to(Path.cwd()) else python
    place = "" if state.folder == FOLDER else f" --dir {shlex.quote(str(state.folder))}"
    return f"{shown} -m sandbox {name}{place}"


def preview(state: State, overrides: Sequence[Override]) -> int:
    """Shows what `up` would do; nothing is changed. A platform without its foundation is left out."""
    with state.locked():
        summary: dict[str, int] = {}
        outputs: dict[str, Any] = {}
        for stack in _ready(state, overrides):
            if stack.name == layers.PLATFORM_STACK and OUTPUT not in outputs:
                say(f"the stack {stack.name} is left out: it is planned once the foundation is deployed")
                break
            for operation, count in stack.preview(Progress(console)).change_summary.items():
                summary[str(operation)] = summary.get(str(operation), 0) + count
            outputs = stack.outputs()
        print(json.dumps(dict(sorted(summary.items()))))
    return 0


def refresh(state: State, overrides: Sequence[Override]) -> int:
    """Compares the state with what really exists; exit code 3 where they differ."""
    with state.locked():
        progress, drift = Progress(console), dict[str, int]()
        for stack in _ready(state, overrides):
            for kind, count in (stack.refresh(progress).summary.resource_changes or {}).items():
                if str(kind) not in ("same", "OpType.SAME"):
                    drift[kind] = drift.get(kind, 0) + count
        say(f"no drift in {progress.seconds:.0f} s" if not drift else f"drift, now in the state: {drift}")
    return 3 if drift else 0


def down(state: State, overrides: Sequence[Override]) -> int:
    """Destroys the stack, stops every process and removes the folder; works after a crash as well."""
    if not state.exists:
        say(f"nothing to remove: {state.folder} does not exist")
        return 0
    with state.locked():
        _destroy(state)
        Services(state, say).down()
        shutil.rmtree(state.folder)
    say("everything is removed; built binaries are kept in the cache")
    return 0


def _destroy(state: State) -> None:
    """Destroys the stacks if the services run; otherwise their resources end with the services."""
    services = state.services()
    if not all(name in services and services[name].alive for name in (AWS, "kube-apiserver", "etcd")):
        say("the services do not all run, so the stack is dropped with them")
        return
    engine = Engine(state, binaries.find(say))
    try:
        for name, config in reversed(layers.stack_configs(state).items()):
            stack = engine.stack(name, ROOT, config)
            stack.unlock()
            stack.destroy(Progress(console), run_program=config["palisade:layer"] == "foundation")
            stack.remove()
    except EngineError as fault:
        say(f"a stack could not be destroyed and is dropped with its services: {_reason(fault.output)}")


def _reason(text: str) -> str:
    """The engine's first line about an error, out of all that it printed."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next((line for line in lines if line.startswith("error:") and line != "error: update failed"), lines[-1])


def status(state: State, overrides: Sequence[Override]) -> int:
    """Shows what runs and where its logs are; exit code 1 where something does not run."""
    services = state.services()
    if not services:
        say(f"no sandbox in {state.folder}; start one: {_command('up', state)}")
        return 1
    table = Table("service", "state", "process", "port", "log")
    for service in services.values():
        alive = "[green]runs[/]" if service.alive else "[red]ended[/]"
        table.add_row(service.name, alive, str(service.pid), str(service.port or ""), service.log)
    Console().print(table)
    if (state.folder / LINKS).exists():
        Console().print(link_table(json.loads((state.folder / LINKS).read_text())))
    return 0 if all(service.alive for service in services.values()) else 1


def env(state: State, overrides: Sequence[Override], person: str | None = None) -> int:
    """Prints what kubectl, aws and pulumi need to look at the sandbox, for `eval`."""
    if AWS not in state.services():
        raise SandboxError(f"no sandbox in {state.folder}; start one: {_command('up', state)}")
    told = Engine(state, binaries.find(say)).environment(person)
    # What points elsewhere would go on doing so beside it: a profile, an endpoint of one service, a token.
    for key in sorted(ELSEWHERE - told.keys()):
        print(f"unset {key}")
    for key, value in told.items():
        print(f"export {key}={shlex.quote(value)}")
    return 0


def services(state: State, overrides: Sequence[Override]) -> int:
    """Starts the emulated AWS and the control plane only."""
    with state.locked():
        Services(state, say).up()
    say(f"they run; `{_command('env', state)}` tells where")
    return 0


def tools(state: State, overrides: Sequence[Override]) -> int:
    """Builds the engine and the control plane where they are not installed, and tells where each binary is."""
    for name, path in binaries.find(say).items():
        print(f"{name}\t{path}")
    return 0


COMMANDS = (up, preview, refresh, down, status, env, services, tools)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; the process's exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A whole Palisade environment on this machine.",
        epilog="`python3 -m sandbox doctor` checks what the machine lacks, before anything is installed.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        described = commands.add_parser(command.__name__, help=command.__doc__, description=command.__doc__)
        described.set_defaults(run=command)
        described.add_argument(
            "--dir",
            type=Path,
            default=FOLDER,
            help="the sandbox's folder (default: .sandbox in the project)",
        )
        described.add_argument(
            "--set",
            action="append",
            default=[],
            type=_override,
            metavar="KEY=VALUE",
            help="override a setting of the stacks' files, such as palisade:name=test; may be repeated",
        )
        if command in (up, preview, refresh, down):
            described.add_argument(
                "--verbose", action="store_true", help="show a line for each resource, also on a terminal"
            )
        if command in (up, preview):
            described.add_argument(
                "--plugins",
                choices=(plugins.STAND_INS, plugins.REAL),
                help="providers and language host: the sandbox's own (default), or those that are installed",
            )
        if command in (up, preview, services):
            described.add_argument(
                "--stacks",
                choices=(layers.TWO, layers.ONE),
                help="a stack for each layer, as users deploy them (default), or one that holds both",
            )
        if command is env:
            described.add_argument(
                "--as",
                dest="person",
                default=argparse.SUPPRESS,
                metavar="NAME",
                help=f"a person of Pulumi.{STACK}.yaml, whose rights in AWS and Kubernetes the shell then has"
                " (default: the first administrator)",
            )
    asked = parser.parse_args(arguments)
    # The engine inherits this process's environment: nothing in it may point at a real account or cluster.
    safe = clean_environment()
    ELSEWHERE.update(key for key in os.environ if key not in safe)
    os.environ.clear()
    os.environ.update(safe)
    state = State(asked.dir)
    Progress.verbose = getattr(asked, "verbose", False)
    try:
        if "plugins" in asked:
            plugins.choose(state, asked.plugins)
        if "stacks" in asked:
            layers.choose(state, asked.stacks)
        return asked.run(state, asked.set, *([asked.person] if "person" in asked else []))
    except SandboxError as fault:
        console.print(f"[red]error:[/] {escape(str(fault))}")
        return 1
    except OSError as fault:
        if fault.errno not in OF_THE_MACHINE:
            raise
        console.print(f"[red]error:[/] {escape(str(fault))}")
        return 1
    except KeyboardInterrupt:
        console.print(f"stopped; `{_command('up', state)}` goes on from here, `{_command('down', state)}` removes all")
        return 130
