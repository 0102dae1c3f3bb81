"""Settings of what watches a server."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings


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
        "127.0.0.1", min_length=1, alias="ZOHO_MCP_METRICS_HOST", description="Address on which that port listens."
    )
