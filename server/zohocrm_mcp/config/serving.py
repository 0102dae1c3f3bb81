"""Settings of the HTTP transports: who may use them, and from where."""

from __future__ import annotations

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from zohocrm_mcp.config.storing import KEY_BYTES
from zohocrm_mcp.config.words import Words, split


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
        "", alias="ZOHO_MCP_HTTP_AUDIENCE", description="Audience of those tokens: this server's public URL."
    )
    allowed_hosts: Words = Field(
        (), alias="ZOHO_MCP_ALLOWED_HOSTS", description="Host headers that are answered, beside the loopback's."
    )
    allowed_origins: Words = Field(
        (), alias="ZOHO_MCP_ALLOWED_ORIGINS", description="Origin headers that are answered, beside the loopback's."
    )
    request_state_keys: SecretStr = Field(
        SecretStr(""),
        alias="ZOHO_MCP_REQUEST_STATE_KEYS",
        description="Texts of 32 characters or more, comma-separated, newest first; shared by replicas of a service.",
    )

    _split_words = field_validator("allowed_hosts", "allowed_origins", mode="before")(split)

    @field_validator("request_state_keys")
    @classmethod
    def _are_long(cls, value: SecretStr) -> SecretStr:
        if any(len(word.strip()) < KEY_BYTES for word in value.get_secret_value().split(",") if word.strip()):
            raise ValueError(f"each key must have {KEY_BYTES} characters or more")
        return value
