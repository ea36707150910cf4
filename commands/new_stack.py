"""Write the settings of a new stack: `.venv/bin/python -m commands.new_stack production`.

Asks for what has no default, judges each answer as the program does, and writes the settings of each layer. With flags
for everything it asks nothing. It overwrites no settings, and takes and writes no secret: it names the commands that
set them. Needs the packages of requirements.txt (`pulumi install`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from commands.answers import (
    AFTER_PEOPLE,
    BEFORE_PEOPLE,
    OF_A_PERSON,
    PEOPLE,
    START,
    Config,
    Question,
    about,
    answered,
    faults,
    layers,
    missing_secrets,
    needed,
    person_value,
    stack_names,
    with_person,
)

HEADER: Final = (
    "# Settings that are left out have hardened defaults: Pulumi.example.yaml and Pulumi.example-platform.yaml\n"
    "# describe all of them.\n"
)
Ask = Callable[[str], str]


class NewStackError(Exception):
    """Nothing was written; the message says why."""


class Wizard:
    """Collects answers, from flags and from a person.

    Args:
        given: flag -> answer.
        people: answers about each person, by the names of OF_A_PERSON.
        ask: puts a question to a person; None: nobody is there.
    """

    def __init__(self, given: Mapping[str, str], people: Sequence[Mapping[str, str]], ask: Ask | None) -> None:
        self._given, self._people, self._ask = given, people, ask
        self._missing: list[str] = []

    def settings(self) -> Config:
        """All settings.

        Raises:
            NewStackError: answers are missing and nobody is there to ask, or the settings are not valid.
        """
        config: Config = dict(START)
        for question in BEFORE_PEOPLE:
            config = self._answer(question, config)
        config = self._everyone(config)
        for question in AFTER_PEOPLE:
            if needed(question, config):
                config = self._answer(question, config)
        if self._missing:
            raise NewStackError(f"not given, and nobody to ask: {', '.join(self._missing)}")
        check_valid([config])
        return config

    def _answer(self, question: Question, config: Config) -> Config:
        text = self._given.get(question.flag)
        if text is not None:
            return answered(config, question, text) if text else config
        if self._ask is None:
            if question.default:
                return answered(config, question, question.default)
            if not question.optional:
                self._missing.append(f"--{question.flag}")
            return config
        while True:
            text = self._ask(_prompt(question)) or question.default
            if not text and question.optional:
                return config
            trial = answered(config, question, text)
            wrong = about(faults(trial), question.keys)
            if text and not wrong:
                return trial
            print("\n".join(f"  {fault}" for fault in wrong) or "  an answer is needed")

    def _everyone(self, config: Config) -> Config:
        for number, answers in enumerate(self._people, 1):
            person: dict[str, Any] = {}
            for question in OF_A_PERSON:
                if question.flag not in answers:
                    self._missing.append(f"{question.flag} of --person {answers.get('name', number)}")
                    continue
                try:
                    person |= person_value(question.flag, answers[question.flag])
                except ValueError as fault:
                    raise NewStackError(f"{question.flag} of {answers.get('name', number)}: {fault}") from None
            config = with_person(config, person)
        if self._people:
            return config
        if self._ask is None:
            self._missing.append("--person")
            return config
        more = True
        while more:
            config = self._person(config, self._ask)
            print("\n".join(f"  {fault}" for fault in faults(config) if fault.path == (PEOPLE,)))
            more = self._ask("Another person (y/n) [n]: ").strip().lower() == "y"
        return config

    def _person(self, config: Config, ask: Ask) -> Config:
        person: dict[str, Any] = {}
        for question in OF_A_PERSON:
            if question.flag == "sshKey":
                print(key_commands(person["name"], person["email"]))
            while True:
                text = ask(_prompt(question)).strip() or question.default
                try:
                    trial = {**person, **person_value(question.flag, text)}
                except ValueError as fault:
                    print(f"  {fault}")
                    continue
                wrong = about(faults(with_person(config, trial)), (PEOPLE, trial["name"], question.flag))
                if text and not wrong:
                    break
                print("\n".join(f"  {fault}" for fault in wrong) or "  an answer is needed")
            person = trial
        return with_person(config, person)


def _prompt(question: Question) -> str:
    return f"{question.asks}{f' [{question.default}]' if question.default else ''}: "


def key_commands(name: str, email: str) -> str:
    """The commands with which a person makes their keys, on their own machine."""
    return (
        f"  {name} makes their keys, and hands over the two files ending in .pub and .csr only:\n"
        f"    ssh-keygen -t ed25519 -C {email} -f ~/.ssh/{name}\n"
        f"    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:secp384r1 -nodes -keyout {name}.key"
        f" -out {name}.csr -subj /CN={name}"
    )


def text_of(config: Config) -> str:
    """The settings as YAML; texts of several lines stay readable."""

    class Dumper(yaml.SafeDumper):
        pass

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)

    Dumper.add_representer(str, text)
    return HEADER + yaml.dump({"config": config}, Dumper=Dumper, sort_keys=False, width=120)


def check_free(path: Path) -> None:
    """Refuse a file that has settings already; what `pulumi stack init` wrote into it stays.

    Raises:
        NewStackError: it has.
    """
    if path.exists() and (yaml.safe_load(path.read_text()) or {}).get("config"):
        raise NewStackError(f"{path} has settings already, which are never overwritten; choose another name")


def check_valid(written: Iterable[Config]) -> None:
    """Refuse settings that the program would refuse.

    Raises:
        NewStackError: with all faults.
    """
    if wrong := [fault for settings in written for fault in faults(settings)]:
        raise NewStackError("\n".join(map(str, wrong)))


def _person(text: str) -> dict[str, str]:
    answers = {name: answer for name, _, answer in (part.partition("=") for part in text.split(","))}
    if unknown := answers.keys() - {question.flag for question in OF_A_PERSON}:
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: not known")
    return answers


def main(arguments: Sequence[str], ask: Ask | None = None) -> int:
    """Exit code 0, or 1 if nothing was written."""
    parser = argparse.ArgumentParser(prog="python -m commands.new_stack", description=(__doc__ or "").split("\n\n")[1])
    parser.add_argument("stack", help="name of the stack, such as production")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the file goes (default: here)")
    parser.add_argument(
        "--organization", default="organization",
        help="of Pulumi Cloud; a backend of your own has only the default, organization",
    )  # fmt: skip
    known = ",".join(f"{question.flag}=..." for question in OF_A_PERSON)
    parser.add_argument(
        "--person", action="append", default=[], type=_person, metavar=known,
        help="a person; sshKey and vpnCertificateRequest are files; may be repeated",
    )  # fmt: skip
    for question in (*BEFORE_PEOPLE, *AFTER_PEOPLE):
        parser.add_argument(f"--{question.flag}", help=f"{question.asks} ({'.'.join(question.keys)})")
    asked = parser.parse_args(arguments)
    given = {
        question.flag: value
        for question in (*BEFORE_PEOPLE, *AFTER_PEOPLE)
        if (value := getattr(asked, question.flag.replace("-", "_"))) is not None
    }
    paths = {name: asked.folder / f"Pulumi.{name}.yaml" for name in stack_names(asked.stack)}
    try:
        for path in paths.values():
            check_free(path)
        config = Wizard(given, asked.person, ask).settings()
        written = layers(config, asked.stack, asked.organization)
        check_valid(written.values())
        new = [name for name, path in paths.items() if not path.exists()]
        for name, path in paths.items():
            with path.open("a") as file:
                file.write(text_of(written[name]))
    except NewStackError as fault:
        print(f"nothing was written:\n{fault}", file=sys.stderr)
        return 1
    for name, path in paths.items():
        print(f"{path} has {len(written[name])} settings. Next:")
        if name in new:
            print(f"  pulumi stack init {name} --secrets-provider=...      (docs/teams.md)")
        for command in missing_secrets(written[name]):
            print(f"  {command} --stack {name}")
        print(f"  pulumi up --stack {name} --policy-pack policies")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], input if sys.stdin.isatty() else None))
