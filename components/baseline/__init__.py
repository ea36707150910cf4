"""The baseline: rules that hold in the cluster for every user and every way of deploying."""

from components.baseline.args import BaselineArgs, Exemption, Quota, TeamNamespace
from components.baseline.baseline import Baseline

__all__ = ["Baseline", "BaselineArgs", "Exemption", "Quota", "TeamNamespace"]
