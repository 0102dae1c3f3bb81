"""Settings of the HTTP transports: who may use them, and from where."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings

from zohocrm_mcp.config.storing import KEY_BYTES
from zohocrm_mcp.config.words import Words, split
from zohocrm_mcp.config.zoho import LOOPBACK
from zohocrm_mcp.errors import ZohoConfigError


class ServiceSettings(BaseSettings):
    """What a server for many callers needs."""

    http_tokens: SecretStr = Field(
        SecretStr(""),
        alias="ZOHO_MCP_HTTP_TOKENS",
        description="Bearer tokens of the HTTP transports, comma-separated; role `write`, default connection.",
    )
    http_issuer: str = Field(
        "", alias="ZOHO_MCP_HTTP_ISSUER", description="Issuer (https URL) whose access tokens the HTTP transports take."
    )
    http_audience: str = Field(
        "",
        alias="ZOHO_MCP_HTTP_AUDIENCE",
        description="Audience of those tokens: this server's public URL, or whatever name the issuer gives it.",
    )
    http_url: str = Field(
        "",
        alias="ZOHO_MCP_HTTP_URL",
        description="Public URL of this server (https), where the audience is not that.",
    )
    allowed_hosts: Words = Field(
        (), alias="ZOHO_MCP_ALLOWED_HOSTS", description="Host headers that are answered, beside the loopback's."
    )
    allowed_origins: Words = Field(
        (),
        alias="ZOHO_MCP_ALLOWED_ORIGINS",
        description="Origins whose pages may call the server and read its answers.",
    )
    request_state_keys: SecretStr = Field(
        SecretStr(""),
        alias="ZOHO_MCP_REQUEST_STATE_KEYS",
        description="Texts of 32 characters or more, comma-separated, newest first; shared by replicas of a service.",
    )

    _split_words = field_validator("allowed_hosts", "allowed_origins", mode="before")(split)

    @field_validator("http_tokens", "request_state_keys")
    @classmethod
    def _are_long(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if any(len(word.strip()) < KEY_BYTES for word in value.get_secret_value().split(",") if word.strip()):
            what = "token" if info.field_name == "http_tokens" else "key"
            raise ValueError(f"each {what} must have {KEY_BYTES} characters or more; `openssl rand -hex 32` makes one")
        return value

    @field_validator("http_tokens")
    @classmethod
    def _fit_a_header(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[\x21-\x7e\s]*", value.get_secret_value(), re.ASCII):
            raise ValueError("tokens are made of visible ASCII characters; `openssl rand -hex 32` makes one")
        return value

    @field_validator("http_issuer", "http_audience", "http_url")
    @classmethod
    def _is_safe_url(cls, value: str, info: ValidationInfo) -> str:
        parts = urlsplit(value)
        if info.field_name == "http_audience" and parts.scheme not in {"http", "https"}:
            return value
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("it must be an https URL without a query")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("plain http is accepted for loopback only; use https")
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _are_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for word in value:
            if not re.fullmatch(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:(\d+|\*))?", word):
                raise ValueError(f"{word!r} is not of the form host, host:port or host:*")
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for word in value:
            if not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/\s*]+(:\*)?", word):
                raise ValueError(f"{word!r} is not of the form https://host, https://host:port or https://host:*")
        return value

    @property
    def http_token_words(self) -> list[str]:
        """The tokens of ``http_tokens``, one by one."""
        return [word.strip() for word in self.http_tokens.get_secret_value().split(",") if word.strip()]

    @property
    def http_resource(self) -> str:
        """The public URL of this server, as its callers know it (RFC 9728); empty where none is told."""
        return self.http_url or self.http_audience

    @model_validator(mode="after")
    def _issuer_and_audience_go_together(self) -> ServiceSettings:
        if bool(self.http_issuer) == bool(self.http_audience):
            return self
        given, missing = ("ISSUER", "AUDIENCE") if self.http_issuer else ("AUDIENCE", "ISSUER")
        raise ZohoConfigError(
            f"ZOHO_MCP_HTTP_{given} is set and ZOHO_MCP_HTTP_{missing} is not: no token could be checked.",
            hint="Set both: the issuer's URL, and the audience that its tokens for this server name.",
            variable=f"ZOHO_MCP_HTTP_{missing}",
        )

    @model_validator(mode="after")
    def _has_a_public_url(self) -> ServiceSettings:
        if not self.http_audience or urlsplit(self.http_resource).scheme in {"http", "https"}:
            return self
        raise ZohoConfigError(
            f"ZOHO_MCP_HTTP_AUDIENCE is {self.http_audience!r}, which is no URL, and ZOHO_MCP_HTTP_URL is not set: "
            "clients could not be told where to sign in.",
            hint="Set ZOHO_MCP_HTTP_URL to the public URL of this server, such as https://crm.example.com/mcp.",
            variable="ZOHO_MCP_HTTP_URL",
        )
