"""What is told of a call that will be repeated: why and when, and nothing of what it carries."""

from __future__ import annotations

import stamina.instrumentation
from stamina.instrumentation import RetryDetails

from zohocrm_mcp.observe.logging import get_logger

log = get_logger(__name__)


def tell_retries() -> None:
    """Log repeated calls this way; stamina's own way shows their arguments, which are records."""
    stamina.instrumentation.set_on_retry_hooks([_tell])


def _tell(details: RetryDetails) -> None:
    cause = details.caused_by
    log.warning(
        "call.repeated",
        attempt=details.retry_num,
        seconds=round(details.wait_for, 2),
        kind=getattr(cause, "kind", type(cause).__name__),
        reason=getattr(cause, "message", type(cause).__name__),
    )
