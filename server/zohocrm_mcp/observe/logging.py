"""Logs: on stderr, through structlog, with everything masked that looks like a secret."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, TextIO


@contextmanager
def without_rich() -> Iterator[None]:
    """Hide rich for a moment: structlog and mcp import it where they find it, for a fifth of a second and colours."""
    hidden = "rich" not in sys.modules
    if hidden:
        sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if hidden:
            del sys.modules["rich"]


with without_rich():
    import structlog
    from structlog.types import EventDict, Processor, WrappedLogger

    from zohocrm_mcp.observe.relay import relay

get_logger: Callable[[str], Any] = structlog.get_logger
bound_contextvars = structlog.contextvars.bound_contextvars
get_contextvars = structlog.contextvars.get_contextvars

MASK = "***"
_QUOTING = frozenset({"invalid_input", "not_found", "conflict", "not_allowed"})
"""Kinds of errors whose sentences may quote what a caller has sent."""
_SECRET_NAMES = re.compile(r"secret|token|password|authorization|credential|encryption_key|cookie", re.IGNORECASE)
_COUNTS = re.compile(r"tokens?_(count|age|type|seconds|id)$|^tokens$", re.IGNORECASE)
_SECRETS = (
    re.compile(r"\b1[0-9]{3}\.[0-9a-f]{32}(?:\.[0-9a-f]{32})?\b"),  # Zoho's access, refresh and grant tokens
    re.compile(r"\bzohocrm_mcp_[A-Za-z0-9_-]{43}"),  # tokens of our own
    re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"),  # JWTs
    re.compile(r"(?<=oauthtoken )[^\s\"',]+|(?<=Bearer )[^\s\"',]+"),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),
    re.compile(
        r"((?:client_secret|refresh_token|access_token|code|password|token)=)[^&\s\"']+"
        r"|([\"'](?:client_secret|refresh_token|access_token|password)[\"']:\s*[\"'])[^\"']+"
    ),
)
_QUIET = {
    "SDKLogger": logging.CRITICAL,
    "httpx2": logging.WARNING,
    "httpcore2": logging.WARNING,
    "procrastinate": logging.WARNING,
}


def masked(text: str) -> str:
    """Return ``text`` with what looks like a token, a password or a secret replaced."""
    for pattern in _SECRETS:
        text = pattern.sub(
            lambda found: f"{(found.group(1) or found.group(2) or '') if found.re.groups else ''}{MASK}", text
        )
    return text


def mask_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask secrets in every value, whatever its depth, and whatever a key that sounds like one holds."""
    return {key: _mask(value, key) for key, value in event.items()}


def _unquoted(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Leave out what an error quotes: it is told to its caller, and values of records are not this log's business."""
    return {key: value for key, value in event.items() if key != "message" or event.get("kind") not in _QUOTING}


def _mask(value: Any, key: str = "") -> Any:
    if value and _SECRET_NAMES.search(key) and not _COUNTS.search(key) and not isinstance(value, bool):
        return MASK
    match value:
        case str():
            return masked(value)
        case Mapping():
            return {name: _mask(one, str(name)) for name, one in value.items()}
        case list() | tuple():
            return [_mask(one) for one in value]
        case _:
            return value


def configure_logging(
    level: str = "INFO", form: Literal["console", "json"] = "console", stream: TextIO | None = None
) -> None:
    """Send every log of the process, structlog's and the standard library's, to ``stream`` (stderr)."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        mask_secrets,
    ]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            relay(mask_secrets),
            _unquoted,
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_last(form)))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name, floor in _QUIET.items():
        logging.getLogger(name).setLevel(max(floor, logging.getLevelName(level)))


def _last(form: str) -> list[Processor]:
    bare: Processor = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if form == "json":
        return [bare, structlog.processors.JSONRenderer(ensure_ascii=False)]
    plain = structlog.dev.plain_traceback
    return [bare, _on_one_line, structlog.dev.ConsoleRenderer(colors=_colours(), exception_formatter=plain)]


def _on_one_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Escape what would begin a line of its own or command a terminal: callers have a say in what is logged."""
    return {key: value if key == "exception" else _escaped(value) for key, value in event.items()}


def _escaped(value: Any) -> Any:
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in value.strip())


def _colours() -> bool:
    """Whether somebody looks, and wants colours (https://no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")
