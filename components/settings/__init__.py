"""The stack's whole configuration as one typed, validated model."""

from components.settings.base import SettingsError
from components.settings.deis import DeisSettings
from components.settings.judge import client_port_faults
from components.settings.load import load, load_stack
from components.settings.model import Settings

__all__ = ["DeisSettings", "Settings", "SettingsError", "client_port_faults", "load", "load_stack"]
