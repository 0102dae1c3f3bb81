"""Settings: environment variables and ``.env``, checked once, at the start.

Whatever is wrong on its face becomes one sentence that names the variable, what was found, and what to do.
"""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from zohocrm_mcp.datacentres import DATA_CENTRES, DataCentre, Environment, data_centre
from zohocrm_mcp.errors import ZohoConfigError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
Words = Annotated[tuple[str, ...], NoDecode]


def default_data_dir() -> Path:
    """Return the user's data directory; as root a system directory that the database's user can reach."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/zohocrm-mcp")
    from platformdirs import user_data_path

    return user_data_path("zohocrm-mcp", appauthor=False)


KEY_BYTES = 32


def key_of(word: str) -> bytes | None:
    """Return the encryption key that a word is the base64 of, or None when it is none of 32 bytes."""
    try:
        key = base64.b64decode(word, validate=True)
    except binascii.Error:
        return None
    return key if len(key) == KEY_BYTES else None


class Settings(BaseSettings):
    """One field per variable; its alias is the variable, its description the line in README and ``.env.example``."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True, populate_by_name=True)

    client_id: str = Field("", alias="ZOHO_SDK_CLIENT_ID", description="Client id of the OAuth client.")
    client_secret: SecretStr = Field(
        SecretStr(""), alias="ZOHO_SDK_CLIENT_SECRET", description="Client secret of the OAuth client."
    )
    refresh_token: SecretStr = Field(
        SecretStr(""), alias="ZOHO_SDK_REFRESH_TOKEN", description="Refresh token; `auth login` stores one."
    )
    redirect_url: str = Field(
        "http://127.0.0.1:8085/callback",
        alias="ZOHO_SDK_REDIRECT_URL",
        description="Redirect address registered with the OAuth client.",
    )
    region: str = Field("us", alias="ZOHO_SDK_REGION", description=f"Data centre: {', '.join(DATA_CENTRES)}.")
    environment: Environment = Field(
        "production", alias="ZOHO_SDK_ENVIRONMENT", description="`production`, `sandbox` or `developer`."
    )
    connect_timeout: float = Field(
        30, gt=0, alias="ZOHO_SDK_CONNECT_TIMEOUT", description="Seconds to wait for a connection to Zoho."
    )
    read_timeout: float = Field(60, gt=0, alias="ZOHO_SDK_READ_TIMEOUT", description="Seconds to wait for an answer.")
    ca_bundle: Path | None = Field(
        None, alias="ZOHO_SDK_CA_BUNDLE", description="File of certificates to trust instead of the usual ones."
    )
    proxy: str = Field("", alias="ZOHO_SDK_PROXY", description="URL of a proxy for the calls to Zoho.")
    api_url: str = Field("", alias="ZOHO_SDK_API_URL", description="Root of another CRM API host, without `/crm/v8`.")
    accounts_url: str = Field("", alias="ZOHO_SDK_ACCOUNTS_URL", description="Full URL of another token endpoint.")
    upload_url: str = Field("", alias="ZOHO_SDK_UPLOAD_URL", description="Root of another content server.")

    database_url: SecretStr = Field(
        SecretStr(""),
        alias="DATABASE_URL",
        description="PostgreSQL 14 or newer. With neither this nor `DATABASE_HOST`: the embedded PostgreSQL.",
    )
    database_host: str = Field("", alias="DATABASE_HOST", description="Host, where there is no `DATABASE_URL`.")
    database_port: int = Field(5432, ge=1, le=65535, alias="DATABASE_PORT", description="Port.")
    database_name: str = Field("zohocrm", alias="DATABASE_NAME", description="Database.")
    database_user: str = Field("", alias="DATABASE_USER", description="User.")
    database_password: SecretStr = Field(SecretStr(""), alias="DATABASE_PASSWORD", description="Password.")

    data_dir: Path = Field(
        default_factory=default_data_dir,
        alias="ZOHO_MCP_DATA_DIR",
        description="Where the embedded PostgreSQL and the key file live.",
    )
    encryption_keys: SecretStr = Field(
        SecretStr(""),
        alias="ZOHO_MCP_ENCRYPTION_KEYS",
        description="Base64 keys of 32 bytes, comma-separated, newest first. Not set: a file in the data directory.",
    )
    read_only: bool = Field(default=False, alias="ZOHO_MCP_READ_ONLY", description="List and call reading tools only.")
    toolsets: Words = Field(
        ("accounts", "bulk", "schema", "query", "service"),
        alias="ZOHO_MCP_TOOLSETS",
        description="Toolsets to serve, comma-separated; `records` and `rest` are off unless named.",
    )
    confirm: Literal["never", "destructive", "writes"] = Field(
        "destructive", alias="ZOHO_MCP_CONFIRM", description="What a person confirms: `never`, `destructive`, `writes`."
    )
    call_seconds: float = Field(
        45, gt=0, alias="ZOHO_MCP_CALL_SECONDS", description="A job call that takes longer answers `running`."
    )
    record_cache_seconds: float = Field(
        0, ge=0, alias="ZOHO_MCP_RECORD_CACHE_SECONDS", description="`get_account` may answer from memory for so long."
    )
    fields_deny: Words = Field(
        (), alias="ZOHO_MCP_FIELDS_DENY", description="`Module.Field,…`: never read, never written, never shown."
    )
    max_concurrency: int | None = Field(
        None, ge=1, le=25, alias="ZOHO_MCP_MAX_CONCURRENCY", description="Calls in flight per organisation."
    )
    request_state_keys: SecretStr = Field(
        SecretStr(""),
        alias="ZOHO_MCP_REQUEST_STATE_KEYS",
        description="Texts of 32 characters or more, comma-separated, newest first; shared by replicas of a service.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", alias="ZOHO_MCP_LOG_LEVEL", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`."
    )
    log_format: Literal["console", "json"] = Field(
        "console", alias="ZOHO_MCP_LOG_FORMAT", description="`console` or `json`; always on stderr."
    )

    @field_validator("toolsets", "fields_deny", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value

    @field_validator("fields_deny")
    @classmethod
    def _has_module(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for word in value:
            if word.count(".") != 1:
                raise ValueError(f"{word!r} is not of the form Module.Field")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("environment", "confirm", "log_format", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("region")
    @classmethod
    def _known_region(cls, value: str) -> str:
        if value.lower() not in DATA_CENTRES:
            raise ValueError(f"use one of {', '.join(DATA_CENTRES)}")
        return value.lower()

    @field_validator("api_url", "accounts_url", "upload_url")
    @classmethod
    def _safe_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ValueError("it must be an http or https URL")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("plain http is accepted for loopback only; use https")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _postgres_only(cls, value: SecretStr) -> SecretStr:
        scheme = urlsplit(value.get_secret_value()).scheme
        if value.get_secret_value() and scheme not in {"postgresql", "postgres"}:
            raise ValueError(f"its scheme is {scheme + '://' if scheme else 'missing'}; use postgresql://")
        return value

    @field_validator("encryption_keys")
    @classmethod
    def _are_keys(cls, value: SecretStr) -> SecretStr:
        for word in value.get_secret_value().split(","):
            if word.strip() and key_of(word.strip()) is None:
                raise ValueError("each key must be base64 of 32 bytes; `openssl rand -base64 32` makes one")
        return value

    @field_validator("request_state_keys")
    @classmethod
    def _are_long(cls, value: SecretStr) -> SecretStr:
        if any(len(word.strip()) < KEY_BYTES for word in value.get_secret_value().split(",") if word.strip()):
            raise ValueError(f"each key must have {KEY_BYTES} characters or more")
        return value

    @model_validator(mode="after")
    def _urls_go_together(self) -> Settings:
        if self.api_url and not self.accounts_url:
            raise ZohoConfigError(
                "ZOHO_SDK_API_URL is set and ZOHO_SDK_ACCOUNTS_URL is not: tokens of one host would go to another.",
                hint="Set both; `zohocrm-mcp simulator` prints the pair.",
                variable="ZOHO_SDK_ACCOUNTS_URL",
            )
        return self

    @property
    def missing_sign_in(self) -> str:
        """The first variable of a sign-in that is not set, or an empty string."""
        given = {
            "ZOHO_SDK_CLIENT_ID": self.client_id,
            "ZOHO_SDK_CLIENT_SECRET": self.client_secret.get_secret_value(),
            "ZOHO_SDK_REFRESH_TOKEN": self.refresh_token.get_secret_value(),
        }
        return next((variable for variable, value in given.items() if not value), "")

    @property
    def data_centre(self) -> DataCentre:
        return data_centre(self.region)

    @property
    def crm_url(self) -> str:
        """Root of the CRM API that calls go to."""
        return self.api_url or self.data_centre.api_url(self.environment)

    @property
    def token_url(self) -> str:
        """Full URL of the token endpoint."""
        return self.accounts_url or self.data_centre.token_url

    @property
    def content_url(self) -> str:
        """Root of the content server, where bulk files go."""
        return self.upload_url or self.api_url or self.data_centre.upload_url

    @property
    def embedded(self) -> bool:
        """Whether the embedded PostgreSQL is used."""
        return not (self.database_url.get_secret_value() or self.database_host)


SECRET = frozenset(
    alias for field in Settings.model_fields.values() if field.annotation is SecretStr and (alias := str(field.alias))
)


def load_settings(**overrides: object) -> Settings:
    """Read the settings; ``overrides`` are by field name and win (what the command line says).

    Raises:
        ZohoConfigError: with the variable, what was found, and what to do. A secret's value is never in it.
    """
    given = {key: value for key, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise _sentence(error) from None


def _sentence(error: ValidationError) -> ZohoConfigError:
    first = error.errors(include_url=False)[0]
    variable = str(first["loc"][0]) if first["loc"] else "a setting"
    field = Settings.model_fields.get(variable)
    variable = str(field.alias) if field else variable
    found = "" if variable in SECRET else f" is {first['input']!r}"
    why = str(first["msg"]).removeprefix("Value error, ")
    return ZohoConfigError(
        f"{variable}{found or ' is not usable'}: {why[:1].lower() + why[1:]}.",
        hint=f"Correct {variable} in the environment or in .env and start again.",
        variable=variable,
    )
