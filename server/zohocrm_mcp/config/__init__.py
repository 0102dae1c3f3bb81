"""Settings: environment variables and ``.env``, checked once, at the start.

Whatever is wrong on its face becomes one sentence that names the variable, what was found, and what to do.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import SettingsConfigDict

from zohocrm_mcp.config.bounds import BoundSettings
from zohocrm_mcp.config.serving import ServiceSettings
from zohocrm_mcp.config.storing import KEY_BYTES, StoreSettings, default_data_dir, key_of
from zohocrm_mcp.config.watching import WatchSettings
from zohocrm_mcp.config.words import Words, split
from zohocrm_mcp.config.zoho import LOOPBACK, ZohoSettings
from zohocrm_mcp.errors import ZohoConfigError

__all__ = ["KEY_BYTES", "LOOPBACK", "SECRET", "Settings", "default_data_dir", "key_of", "load_settings"]


class Settings(WatchSettings, BoundSettings, ServiceSettings, StoreSettings, ZohoSettings):
    """One field per variable; its alias is the variable, its description the line in README and ``.env.example``."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True, populate_by_name=True)

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
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", alias="ZOHO_MCP_LOG_LEVEL", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`."
    )
    log_format: Literal["console", "json"] = Field(
        "console", alias="ZOHO_MCP_LOG_FORMAT", description="`console` or `json`; always on stderr."
    )

    _split = field_validator("toolsets", "fields_deny", mode="before")(split)

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

    @field_validator("confirm", "log_format", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value


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
