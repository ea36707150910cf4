"""Settings of Deis (DEIS-REG, DEIS-WL, TLS-CFG)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from components.settings.base import Ipv4Cidr, Section


class AdministratorSettings(Section):
    """The first administrator, made before anything is reachable; the password is generated."""

    username: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,30}$")] = "admin"
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]


class DeisSettings(Section):
    """`palisade:deis`."""

    domain: Annotated[str, Field(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")]
    """The platform's domain: the controller answers at deis.<domain>, applications at <app>.<domain>."""
    administrator: AdministratorSettings
    registration_mode: Literal["admin_only", "disabled"] = "admin_only"
    whitelist: Annotated[tuple[Ipv4Cidr, ...], Field(min_length=1)]
    """Who may talk to the controller, besides the VPN. `enabled` does not exist: see DEIS-REG."""
    whitelist_mode: Literal["override", "extend"] = "override"
    allow_wide_whitelist: bool = False
    """Accept an entry wider than /16, or more than 50 entries."""
    image_registry: str = "docker.io/hephy"

    @field_validator("registration_mode", mode="before")
    @classmethod
    def _never_open(cls, value: object) -> object:
        if value == "enabled":
            raise ValueError("open registration lets anyone make an account; use admin_only or disabled (DEIS-REG)")
        return value
