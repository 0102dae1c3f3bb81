"""Where logs go in a program that is not ours."""

from __future__ import annotations

import structlog

from zohocrm_mcp.observe.logging import mask_secrets


def logs_through_the_standard_library() -> None:
    """Give logs to ``logging``, where the program has them, instead of printing them on its stdout."""
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.format_exc_info,
            mask_secrets,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
