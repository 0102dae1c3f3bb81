"""``worker``: more hands for queued jobs, on as many machines as share the database."""

from __future__ import annotations

import signal


def worker() -> None:
    """Run queued jobs, and those that a process that is gone has left, until ended by SIGTERM or Ctrl-C."""
    import anyio

    from zohocrm_mcp.config import load_settings
    from zohocrm_mcp.observe.logging import configure_logging

    settings = load_settings()
    configure_logging(settings.log_level, settings.log_format)

    async def run() -> None:
        from zohocrm_mcp.parts import open_parts

        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            _, close = await open_parts(settings)
            try:
                async for _signal in signals:
                    break
            finally:
                with anyio.CancelScope(shield=True):
                    await close()

    anyio.run(run)
