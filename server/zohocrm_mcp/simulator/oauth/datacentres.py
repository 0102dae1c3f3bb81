"""Zoho's data centres, as the accounts server names them."""

from __future__ import annotations

from dataclasses import dataclass

from zohocrm_mcp.simulator.sources import guessed, known


@dataclass(frozen=True, slots=True)
class DataCentre:
    location: str
    accounts: str
    api: str


@known("Zoho accounts docs, multi-dc: location and accounts-server")
@guessed("locations and API hosts of UK, AE and SG")
def _table() -> dict[str, DataCentre]:
    hosts = {
        "us": ("accounts.zoho.com", "www.zohoapis.com"),
        "eu": ("accounts.zoho.eu", "www.zohoapis.eu"),
        "in": ("accounts.zoho.in", "www.zohoapis.in"),
        "au": ("accounts.zoho.com.au", "www.zohoapis.com.au"),
        "jp": ("accounts.zoho.jp", "www.zohoapis.jp"),
        "cn": ("accounts.zoho.com.cn", "www.zohoapis.com.cn"),
        "ca": ("accounts.zohocloud.ca", "www.zohoapis.ca"),
        "sa": ("accounts.zoho.sa", "www.zohoapis.sa"),
        "uk": ("accounts.zoho.uk", "www.zohoapis.uk"),
        "ae": ("accounts.zoho.ae", "www.zohoapis.ae"),
        "sg": ("accounts.zoho.sg", "www.zohoapis.sg"),
    }
    return {name: DataCentre(name, f"https://{accounts}", f"https://{api}") for name, (accounts, api) in hosts.items()}


DATA_CENTRES = _table()
