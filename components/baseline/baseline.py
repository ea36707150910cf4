"""Cluster-wide rules: namespaces, rights, and admission (INH-4, DEIS-REG)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_kubernetes as k8s

from components.baseline.admission import make_rule, rules
from components.baseline.args import BaselineArgs, TeamNamespace
from components.baseline.rights import bind_operators, make_rights
from components.baseline.shared import close_shared_namespaces
from components.baseline.storage import make_storage_class
from components.namespace import DEFAULT_DENY, Limits, closed_network, make_namespace

DEFAULT_REQUESTS: Final[Mapping[str, str]] = {"cpu": "100m", "memory": "128Mi"}
DEFAULT_LIMITS: Final[Mapping[str, str]] = {"memory": "256Mi"}
"""Of containers that name none, so that a quota counts them, and none takes a node's whole memory."""


class Baseline(pulumi.ComponentResource):
    """Namespaces for teams, closed from the start; rights for people; admission rules for everybody.

        Baseline("baseline", BaselineArgs(
            namespaces=[TeamNamespace(name="shop")],
            kubernetes_after=[cluster],
        ), pulumi.ResourceOptions(providers=[kubernetes_provider]))

    Resources that must pass the rules depend on `rules`. A rule takes effect some seconds after its creation, when
    every API server has read it.

    docs/baseline.md describes the content of a namespace, the refused objects, and how to request an exemption.

    Raises:
        ArgumentError: arguments are not allowed (see BaselineArgs.faults).
    """

    namespaces: pulumi.Output[list[str]]
    """Names of the teams' namespaces."""
    rules: list[pulumi.Resource]
    """The admission rules: whatever is to be judged by them depends on these, and need not wait for the rest."""

    def __init__(self, name: str, args: BaselineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        args.validate()
        super().__init__("palisade:baseline:Baseline", name, None, opts)
        after = pulumi.ResourceOptions(parent=self, depends_on=[*args.kubernetes_after])

        self.rules = self._make_rules(name, args, after)
        operator = make_rights(name, opts=after)
        for namespace in args.namespaces:
            self._make_namespace(f"{name}-{namespace.name}", namespace, [*args.kubernetes_after, operator])
        close_shared_namespaces(name, opts=after)
        make_storage_class(name, opts=after)

        self.namespaces = pulumi.Output.from_input([namespace.name for namespace in args.namespaces])
        self.register_outputs({"namespaces": self.namespaces})

    def _make_rules(self, name: str, args: BaselineArgs, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
        for exemption in args.exemptions:
            if args.today > exemption.expires:
                where = exemption.namespace or exemption.cluster_object
                pulumi.log.warn(
                    f"the exemption of {exemption.owner} for {where} ({', '.join(exemption.rules)}) ended on"
                    f" {exemption.expires}: the rules hold there again; take it out of the list",
                    self,
                )
        standing = [exemption for exemption in args.exemptions if args.today <= exemption.expires]
        made: list[pulumi.Resource] = []
        for rule in rules(
            registries=args.registries,
            allow_wide_whitelist=args.allow_wide_whitelist,
            application_certificates=args.application_certificates,
        ):
            exempt = [one for one in standing if rule.id in one.rules]
            namespaces = [one.namespace for one in exempt if one.namespace]
            objects = [one.cluster_object for one in exempt if one.cluster_object]
            made += make_rule(name, rule, namespaces, objects, opts=opts)
        return made

    def _make_namespace(self, name: str, given: TeamNamespace, after: list[pulumi.Resource]) -> None:
        base = make_namespace(
            name,
            given.name,
            Limits(quota=given.quota.hard(), default_requests=DEFAULT_REQUESTS, default_limits=DEFAULT_LIMITS),
            enforce=given.level,
            after=after,
            parent=self,
        )
        opts = pulumi.ResourceOptions(parent=self, depends_on=[*base.rules])
        for key, spec in closed_network().items():
            k8s.networking.v1.NetworkPolicy(
                f"{name}-{key if key == DEFAULT_DENY else f'allow-{key}'}",
                metadata=k8s.meta.v1.ObjectMetaArgs(name=key, namespace=given.name),
                spec=spec,
                opts=opts,
            )
        bind_operators(name, given.name, opts=opts)
