"""Settings that bound what a server takes on: past each of them there is a clear refusal, never a longer queue."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

JOB_MARGIN = 30.0
"""Seconds that a call which follows a job may take beside the time it follows it."""


class BoundSettings(BaseSettings):
    """Of one process; with replicas, each has its own."""

    max_calls: int = Field(256, ge=1, alias="ZOHO_MCP_MAX_CALLS", description="Calls under way at once, in all.")
    max_calls_per_caller: int = Field(
        100, ge=1, alias="ZOHO_MCP_MAX_CALLS_PER_CALLER", description="Calls under way at once, of one caller."
    )
    call_timeout: float = Field(
        120,
        gt=0,
        alias="ZOHO_MCP_CALL_TIMEOUT",
        description="Seconds after which a call is given up, and says so; "
        f"{JOB_MARGIN:.0f} more than `ZOHO_MCP_CALL_SECONDS` at the least.",
    )
    max_body_bytes: int = Field(
        4 * 1024 * 1024, ge=1024, alias="ZOHO_MCP_MAX_BODY_BYTES", description="Bytes of the body of an HTTP request."
    )
    max_sessions: int = Field(
        1000, ge=1, alias="ZOHO_MCP_MAX_SESSIONS", description="Sessions of older protocol revisions over HTTP."
    )
    max_sessions_per_caller: int = Field(
        200, ge=1, alias="ZOHO_MCP_MAX_SESSIONS_PER_CALLER", description="Such sessions of one caller with a token."
    )
    session_idle_seconds: float = Field(
        1800, gt=0, alias="ZOHO_MCP_SESSION_IDLE_SECONDS", description="After so long without a request a session ends."
    )
    max_streams: int = Field(
        1000, ge=1, alias="ZOHO_MCP_MAX_STREAMS", description="Streams that stay open (SSE, listening), in all."
    )
    max_streams_per_caller: int = Field(
        100, ge=1, alias="ZOHO_MCP_MAX_STREAMS_PER_CALLER", description="Streams that stay open, of one caller."
    )
    max_connections: int = Field(
        2000, ge=1, alias="ZOHO_MCP_MAX_CONNECTIONS", description="HTTP connections at once; more are turned away."
    )
    shutdown_seconds: float = Field(
        15, ge=1, alias="ZOHO_MCP_SHUTDOWN_SECONDS", description="How long calls may take to end on SIGTERM, over HTTP."
    )
