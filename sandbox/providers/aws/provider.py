"""The provider: maps the engine's operations to those of a type."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

from sandbox.providers.aws import functions
from sandbox.providers.aws.client import Aws, AwsError
from sandbox.providers.aws.compare import of_given, same
from sandbox.providers.aws.kind import Kind, Properties
from sandbox.providers.aws.types import KINDS
from sandbox.providers.base import UNKNOWN, CheckFailure, Diff, InitializationFailed, Provider, ProviderError
from sandbox.providers.faults import Fault
from sandbox.providers.schema import check_inputs, resource_type

AUTO_NAME_DIGITS = 7


class AwsProvider(Provider):
    """The types in `sandbox.providers.aws.types`; any other is refused by name."""

    name, version = "aws", "7.51.1"

    def __init__(self) -> None:
        self._aws: Aws | None = None
        self._default_tags: dict[str, str] = {}
        self._region = os.environ.get("AWS_REGION") or "eu-central-1"

    def configure(self, config: dict[str, Any]) -> None:
        self._region = config.get("region") or self._region
        given = config.get("defaultTags") or {}
        given = json.loads(given) if isinstance(given, str) else given
        self._default_tags = given.get("tags") or {}
        self._aws = None

    @property
    def aws(self) -> Aws:
        """The services; created on first use."""
        if self._aws is None:
            self._aws = Aws(self._region, self._default_tags)
        return self._aws

    def check(
        self, urn: str, type_: str, olds: dict[str, Any], news: dict[str, Any], seed: bytes
    ) -> tuple[dict[str, Any], list[CheckFailure]]:
        kind, schema = KINDS.get(type_), resource_type(type_)
        if kind is None or schema is None:
            return news, [CheckFailure("", f"{type_} is not supported by the stand-in aws provider")]
        failures = check_inputs(schema, news)
        accepted = {*kind.accepts, *(("tags",) if kind.taggable else ())}
        failures += [
            CheckFailure(name, f"{type_}: the stand-in aws provider does not support '{name}'")
            for name in news
            if name in schema.inputs and name not in accepted
        ]
        inputs = dict(news)
        if kind.auto_name and not inputs.get(kind.auto_name) and not inputs.get(f"{kind.auto_name}Prefix"):
            kept = olds.get(kind.auto_name)
            generated = f"{urn.rpartition('::')[2]}-{seed.hex()[:AUTO_NAME_DIGITS]}"
            inputs[kind.auto_name] = kept if olds.get("__autoNamed") else generated
            inputs["__autoNamed"] = True
        if not failures:
            failures = [CheckFailure("", fault) for fault in kind.check(inputs)]
        return inputs, failures

    def diff(
        self,
        urn: str,
        type_: str,
        id_: str,
        old_inputs: dict[str, Any],
        old_outputs: dict[str, Any],
        news: dict[str, Any],
        ignore_changes: list[str],
    ) -> Diff:
        kind = KINDS[type_]
        news = _with_kept(kind, news, old_inputs)
        changed = [name for name in _changed(old_inputs, news) if name not in ignore_changes]
        forced = kind.forcing(old_inputs, news, {*changed})
        forcing = tuple(name for name in changed if name in forced)
        named = kind.auto_name is not None and not news.get("__autoNamed")
        return Diff(
            replaces=forcing,
            updates=tuple(name for name in changed if name not in forced),
            # Two resources cannot have a name that the program set.
            delete_before_replace=bool(forcing) and named and kind.auto_name not in forcing,
        )

    def create(
        self, urn: str, type_: str, inputs: dict[str, Any], preview: bool, timeout: float
    ) -> tuple[str, dict[str, Any]]:
        kind = KINDS[type_]
        if preview:
            return "", self._previewed(kind, inputs)
        made = kind.create(self.aws, {**inputs, **self._tags(kind, inputs)})
        id_, once = (made, {}) if isinstance(made, str) else made
        try:
            self.faults.after(urn, type_)
            kind.await_created(self.aws, id_)
            return id_, {**self._outputs(kind, id_, inputs), **once}
        except (ProviderError, Fault) as fault:
            # It exists: the engine records its ID, and reads it again in the next update.
            known = {**inputs, **self._tags(kind, inputs), **once, "id": id_}
            raise InitializationFailed(id_, inputs, known, [str(fault)]) from None

    def update(
        self,
        urn: str,
        type_: str,
        id_: str,
        old_inputs: dict[str, Any],
        old_outputs: dict[str, Any],
        news: dict[str, Any],
        preview: bool,
        timeout: float,
    ) -> dict[str, Any]:
        kind = KINDS[type_]
        changed = {*_changed(old_inputs, _with_kept(kind, news, old_inputs))}
        news = _with_kept(kind, news, old_outputs)
        if preview:
            renewed = dict.fromkeys(kind.renewed, UNKNOWN)
            return {**_planned(news, old_inputs, old_outputs), **self._tags(kind, news), **renewed}
        # If a creation failed after the resource was made, nothing is changed: it is only read again.
        if changed:
            kind.update(self.aws, id_, {**news, **self._tags(kind, news)}, changed, old_outputs)
        once = {name: old_outputs[name] for name in kind.creation_outputs if name in old_outputs}
        return {**self._outputs(kind, id_, news), **once}

    def read(
        self, urn: str, type_: str, id_: str, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
        kind = KINDS.get(type_)
        if kind is None:
            raise ProviderError(f"{type_} is not supported by the stand-in aws provider")
        live = kind.read(self.aws, id_, outputs or inputs)
        if live is None:
            return None
        if not inputs:
            known = {name: value for name, value in live.items() if name in kind.accepts or name == "tags"}
            return id_, known, live
        reported = {name: of_given(inputs.get(name), live[name]) for name in {**inputs, "tags": None} if name in live}
        drifted = {name: value for name, value in reported.items() if not same(inputs.get(name), value)}
        if (
            kind.taggable
            and "tags" in drifted
            and same({**self.aws.default_tags, **(inputs.get("tags") or {})}, live["tags"])
        ):
            del drifted["tags"]
        # A resource that a killed engine did not record has inputs only.
        known = outputs or {**inputs, **live, **self._tags(kind, inputs), "id": id_}
        return id_, {**inputs, **drifted}, {**known, **live} if drifted else known

    def delete(
        self, urn: str, type_: str, id_: str, inputs: dict[str, Any], outputs: dict[str, Any], timeout: float
    ) -> None:
        try:
            KINDS[type_].delete(self.aws, id_, outputs)
        except AwsError as fault:
            if not fault.gone:
                raise

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        function = functions.FUNCTIONS.get(token)
        if function is None:
            raise ProviderError(f"the function {token} is not supported by the stand-in aws provider")
        return function(self.aws, args)

    def _tags(self, kind: Kind, inputs: Properties) -> Properties:
        return {"tagsAll": {**self.aws.default_tags, **(inputs.get("tags") or {})}} if kind.taggable else {}

    def _previewed(self, kind: Kind, inputs: Properties) -> Properties:
        """The values known before creation: the inputs. All other outputs of the SDK are unknown."""
        schema = resource_type(kind.token)
        promised = schema.outputs if schema else frozenset()
        return {**dict.fromkeys(promised - inputs.keys(), UNKNOWN), **inputs, **self._tags(kind, inputs)}

    def _outputs(self, kind: Kind, id_: str, inputs: Properties) -> Properties:
        """The inputs, overlaid by AWS's values; equivalent values keep the program's spelling."""
        live = kind.read(self.aws, id_, inputs)
        if live is None:
            raise AwsError(f"{kind.token} {id_} vanished right after it was made", "NotFound")
        kept = {name: value for name, value in inputs.items() if name in live and same(value, live[name])}
        return {**inputs, **live, **kept, **self._tags(kind, inputs), "id": id_}


def _with_kept(kind: Kind, news: Properties, olds: Properties) -> Properties:
    """The inputs as Terraform plans them: an omitted Optional+Computed attribute keeps its old value.

    So omitting an attribute changes nothing, and replaces nothing even if a change of it would.
    """
    schema = resource_type(kind.token)
    kept = _left_out(schema.computed if schema else (), news, olds)
    for block, members in kind.computed_within.items():
        new, old = news.get(block), olds.get(block)
        if isinstance(new, dict) and isinstance(old, dict):
            kept[block] = {**new, **_left_out(members, new, old)}
    return {**news, **kept}


def _left_out(names: Iterable[str], news: Properties, olds: Properties) -> Properties:
    return {name: olds[name] for name in names if news.get(name) is None and olds.get(name) is not None}


def _planned(new: Any, old: Any, reported: Any) -> Any:
    """The new value; a block keeps AWS's additions, such as the group that it made for a cluster."""
    if not (isinstance(new, dict) and isinstance(old, dict) and isinstance(reported, dict)):
        return new
    added = {name: value for name, value in reported.items() if name not in old}
    return {**added, **{name: _planned(value, old.get(name), reported.get(name)) for name, value in new.items()}}


def _changed(old: Properties, new: Properties) -> list[str]:
    return [
        name
        for name in dict.fromkeys([*new, *old])
        if not name.startswith("__") and not same(old.get(name), new.get(name))
    ]
