"""Zoho's SDK used the straightforward way: ``Initializer`` and the typed ``RecordOperations``. A worker."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from zohocrmsdk.src.com.zoho.api.authenticator import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, Initializer, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.record import RecordOperations

from benchmarks.processes import answer, orders


class Typed:
    """``folder`` is where the SDK keeps its token and what it learns of the fields."""

    def __init__(self, ready: dict[str, str], folder: str) -> None:
        environment = DataCenter.Environment(ready["api_url"], ready["accounts_url"], ready["upload_url"])
        names = ("client_id", "client_secret", "refresh_token")
        token = OAuthToken(**{name: ready[name] for name in names})
        Initializer.initialize(
            environment, token, store=FileStore(file_path=str(Path(folder) / "tokens.txt")), resource_path=folder
        )
        self._accounts = RecordOperations("Accounts")

    def replay(self, call: dict[str, Any], times: int) -> None:
        """Read one account, or a list of them, as a call of the other sides does, again and again."""
        asked = ParameterMap()
        asked.request_parameters.update(call["query"])
        name = call["path"].rpartition("/")[2]
        for _ in range(times):
            if name.isdecimal():
                answer = self._accounts.get_record(int(name), asked, HeaderMap())
            else:
                answer = self._accounts.get_records(asked, HeaderMap())
            assert answer.get_object().get_data()


if __name__ == "__main__":
    typed = Typed(json.loads(sys.argv[1]), sys.argv[2])
    for order in orders():
        answer(getattr(typed, order.pop("work"))(**order))
