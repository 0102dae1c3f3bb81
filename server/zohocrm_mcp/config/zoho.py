"""Settings about Zoho: who is signed in, in which data centre, and how the calls go there."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from zohocrm_mcp.datacentres import DATA_CENTRES, DataCentre, Environment, data_centre
from zohocrm_mcp.errors import ZohoConfigError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
MOST_SECONDS = 86_400
"""A timeout of more is none; one without end overflows where sockets count."""
_VERSIONED = re.compile(r"/crm/v[0-9.]+/?\Z")


class ZohoSettings(BaseSettings):
    """The variables that begin with ``ZOHO_SDK_``."""

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
        30,
        gt=0,
        le=MOST_SECONDS,
        alias="ZOHO_SDK_CONNECT_TIMEOUT",
        description="Seconds to wait for a connection to Zoho.",
    )
    read_timeout: float = Field(
        60, gt=0, le=MOST_SECONDS, alias="ZOHO_SDK_READ_TIMEOUT", description="Seconds to wait for an answer."
    )
    ca_bundle: Path | None = Field(
        None, alias="ZOHO_SDK_CA_BUNDLE", description="File of certificates to trust instead of the usual ones."
    )
    proxy: str = Field("", alias="ZOHO_SDK_PROXY", description="URL of a proxy for the calls to Zoho.")
    api_url: str = Field("", alias="ZOHO_SDK_API_URL", description="Root of another CRM API host, without `/crm/v8`.")
    accounts_url: str = Field("", alias="ZOHO_SDK_ACCOUNTS_URL", description="Full URL of another token endpoint.")
    upload_url: str = Field("", alias="ZOHO_SDK_UPLOAD_URL", description="Root of another content server.")

    @field_validator("environment", mode="before")
    @classmethod
    def _lower_environment(cls, value: object) -> object:
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
        if value and not _leads_somewhere(value):
            raise ValueError("it must be an http or https URL")
        if _VERSIONED.search(parts.path):
            raise ValueError("it must be the root of the host, without /crm/v8")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("plain http is accepted for loopback only; use https")
        return value.rstrip("/")

    @field_validator("proxy")
    @classmethod
    def _usable_proxy(cls, value: str) -> str:
        """Say nothing of what was found: it may hold a password."""
        if value and not _leads_somewhere(value):
            raise ZohoConfigError(
                "ZOHO_SDK_PROXY is not the http or https URL of a proxy.",
                hint="Write ZOHO_SDK_PROXY as http://host:port, or http://user:password@host:port.",
                variable="ZOHO_SDK_PROXY",
            )
        return value

    @model_validator(mode="after")
    def _urls_go_together(self) -> ZohoSettings:
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


def _leads_somewhere(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets or a port that are none
        return False
