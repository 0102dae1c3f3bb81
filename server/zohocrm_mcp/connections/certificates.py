"""How long the certificates of Zoho's servers are still good, as this machine sees them."""

from __future__ import annotations

import socket
import ssl
import time
from typing import Any

from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.endpoint import trust
from zohocrm_mcp.errors import UnavailableError

MAX_SECONDS = 10.0
HTTPS = 443


def days_left(settings: Settings, host: str) -> int:
    """Return for how many days the certificate of ``host`` (with or without a port) is good.

    Raises:
        UnavailableError: nobody answers there, or the certificate is not to be trusted.
        ZohoConfigError: the file of ZOHO_SDK_CA_BUNDLE is of no use.
    """
    name, _, port = host.partition(":")
    given = trust(settings)
    context = given if isinstance(given, ssl.SSLContext) else ssl.create_default_context()
    seconds = min(settings.connect_timeout, MAX_SECONDS)
    try:
        with (
            socket.create_connection((name, int(port or HTTPS)), timeout=seconds) as plain,
            context.wrap_socket(plain, server_hostname=name) as safe,
        ):
            return _days(safe.getpeercert() or {})
    except ssl.SSLError as error:
        raise UnavailableError(
            f"The certificate of {name} is not trusted ({error.reason or type(error).__name__}).",
            hint="Set ZOHO_SDK_CA_BUNDLE where a proxy of yours re-signs the traffic.",
        ) from error
    except OSError as error:
        raise UnavailableError(
            f"{name} cannot be reached ({error.strerror or type(error).__name__}).",
            hint="Check the network, the firewall and ZOHO_SDK_PROXY.",
        ) from error


def _days(certificate: dict[str, Any]) -> int:
    ends = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    return int((ends - time.time()) // 86_400)
