"""Zoho's data centres: which host answers what, as one table.

Sources of the rows: "SDK" is the ``dc`` package of zohocrmsdk8-0 7.0.0; "docs" is Zoho's multi-DC page
(zoho.com/accounts/protocol/oauth/multi-dc.html); "third-party" means that only code outside Zoho names the hosts.
``https://accounts.zoho.com/oauth/serverinfo`` is Zoho's own list of the accounts servers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from zohocrm_mcp.errors import ZohoConfigError

Environment = Literal["production", "sandbox", "developer"]
_PREFIX: dict[Environment, str] = {"production": "www", "sandbox": "sandbox", "developer": "developer"}


@dataclass(frozen=True)
class DataCentre:
    """One row: ``api`` is the domain behind ``www.``, ``sandbox.`` and ``developer.``."""

    region: str
    name: str
    accounts: str
    api: str
    content: str
    source: str

    def api_url(self, environment: Environment) -> str:
        """Root of the CRM API, without ``/crm/v8``."""
        return f"https://{_PREFIX[environment]}.{self.api}"

    @property
    def accounts_url(self) -> str:
        """Root of the accounts server, without ``/oauth``."""
        return f"https://{self.accounts}"

    @property
    def token_url(self) -> str:
        return f"{self.accounts_url}/oauth/v2/token"

    @property
    def upload_url(self) -> str:
        return f"https://{self.content}"

    @property
    def documented(self) -> bool:
        """Whether Zoho itself names the accounts server: only such hosts are ever sent a secret unasked."""
        return self.source != "third-party"


DATA_CENTRES: dict[str, DataCentre] = {
    row.region: row
    for row in (
        DataCentre("us", "United States", "accounts.zoho.com", "zohoapis.com", "content.zohoapis.com", "SDK, docs"),
        DataCentre("eu", "Europe", "accounts.zoho.eu", "zohoapis.eu", "content.zohoapis.eu", "SDK, docs"),
        DataCentre("in", "India", "accounts.zoho.in", "zohoapis.in", "content.zohoapis.in", "SDK, docs"),
        DataCentre(
            "au", "Australia", "accounts.zoho.com.au", "zohoapis.com.au", "content.zohoapis.com.au", "SDK, docs"
        ),
        DataCentre("cn", "China", "accounts.zoho.com.cn", "zohoapis.com.cn", "content.zohoapis.com.cn", "SDK, docs"),
        DataCentre("jp", "Japan", "accounts.zoho.jp", "zohoapis.jp", "content.zohoapis.jp", "SDK, docs"),
        DataCentre("ca", "Canada", "accounts.zohocloud.ca", "zohoapis.ca", "upload.zohocloud.ca", "SDK, docs"),
        DataCentre("sa", "Saudi Arabia", "accounts.zoho.sa", "zohoapis.sa", "files.zoho.sa", "SDK, docs"),
        DataCentre(
            "uk",
            "United Kingdom",
            "accounts.zoho.uk",
            "zohoapis.uk",
            "content.zohoapis.uk",
            "docs; API hosts third-party",
        ),
        DataCentre(
            "ae", "United Arab Emirates", "accounts.zoho.ae", "zohoapis.ae", "content.zohoapis.ae", "third-party"
        ),
        DataCentre("sg", "Singapore", "accounts.zoho.sg", "zohoapis.sg", "content.zohoapis.sg", "third-party"),
    )
}


def data_centre(region: str) -> DataCentre:
    """Return the row of a region.

    Raises:
        ZohoConfigError: the region is not in the table; the sentence lists those that are.
    """
    row = DATA_CENTRES.get(region.lower())
    if row is None:
        raise ZohoConfigError(
            f"ZOHO_SDK_REGION is {region!r}, which is no data centre of Zoho.",
            hint=f"Use one of {', '.join(DATA_CENTRES)}.",
            variable="ZOHO_SDK_REGION",
        )
    return row


def data_centre_of_accounts(url: str) -> DataCentre | None:
    """Return the data centre whose accounts server ``url`` names exactly, or None for any other host.

    The list is closed on purpose: ``accounts.zoho.com.evil.example`` is no data centre.
    """
    return next((row for row in DATA_CENTRES.values() if url.rstrip("/") == row.accounts_url), None)


def data_centre_of_api(url: str) -> DataCentre | None:
    """Return the data centre that an API address (``api_domain`` of a token answer) is in, whatever the environment."""
    host = urlsplit(url).hostname or ""
    return next(
        (row for row in DATA_CENTRES.values() if host in {f"{one}.{row.api}" for one in _PREFIX.values()}), None
    )
