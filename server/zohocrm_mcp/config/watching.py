"""Settings of what watches a server."""

from __future__ import annotations

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

from zohocrm_mcp.errors import ZohoConfigError

LOOPBACK_HOST = "127.0.0.1"


class WatchSettings(BaseSettings):
    """Where the numbers are. Traces are configured by OpenTelemetry's own variables."""

    metrics_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        alias="ZOHO_MCP_METRICS_PORT",
        description="Port of `/metrics` alone, without authentication; unset: on the port of the HTTP transports.",
    )
    metrics_host: str = Field(
        LOOPBACK_HOST, min_length=1, alias="ZOHO_MCP_METRICS_HOST", description="Address on which that port listens."
    )

    @model_validator(mode="after")
    def _host_wants_port(self) -> WatchSettings:
        if self.metrics_port is None and self.metrics_host != LOOPBACK_HOST:
            raise ZohoConfigError(
                "ZOHO_MCP_METRICS_HOST is set and ZOHO_MCP_METRICS_PORT is not: nothing would listen there.",
                hint="Set both; without both, `/metrics` is on the port of the HTTP transports.",
                variable="ZOHO_MCP_METRICS_PORT",
            )
        return self
