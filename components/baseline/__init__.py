"""The baseline: what holds in the cluster whoever deploys, and however."""

from components.baseline.args import BaselineArgs, Exemption, Quota, TeamNamespace
from components.baseline.baseline import Baseline

__all__ = ["Baseline", "BaselineArgs", "Exemption", "Quota", "TeamNamespace"]
