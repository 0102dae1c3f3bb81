"""Our token table behind the SDK's ``TokenStore`` interface.

The SDK asks before every call and always gets a token that is good for a while, so that it never refreshes by itself
(it would do so once a thread, without a time-out) and never has anything to save.
"""

from __future__ import annotations

import time
from typing import Any, NoReturn

from zohocrmsdk.src.com.zoho.api.authenticator import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import TokenStore

from zohocrm_mcp.connections.keeper import Held, TokenKeeper
from zohocrm_mcp.errors import ZohoError

FAR_MS = 3_600_000


class PostgresTokenStore(TokenStore):  # type: ignore[misc]  # the SDK ships no types
    """The store of one call. ``used`` is the token that the call went out with."""

    def __init__(self, keeper: TokenKeeper, connection: str) -> None:
        self._keeper, self._connection = keeper, connection
        self.used: Held | None = None

    def find_token(self, token: Any) -> Any:
        self.used = self._keeper.current(self._connection)
        found = OAuthToken(access_token=self.used.token, api_domain=token.get_api_domain(), find_user=False)
        found.set_expires_in(str(int(time.time() * 1000) + FAR_MS))
        return found

    def find_token_by_id(self, id: str) -> NoReturn:  # noqa: A002 -- the SDK's name
        raise ZohoError(f"The SDK asked for the token {id!r} by id, which this product never hands out.")

    def save_token(self, token: Any) -> NoReturn:
        raise ZohoError(
            f"The SDK refreshed a token by itself ({type(token).__name__}): the store always has a fresh one."
        )

    def delete_token(self, id: str) -> NoReturn:  # noqa: A002 -- the SDK's name
        raise ZohoError(f"The SDK tried to delete the token {id!r}.", hint="Use `zohocrm-mcp auth logout`.")

    def get_tokens(self) -> list[Any]:
        return [self.find_token(OAuthToken(access_token="-", find_user=False))]  # noqa: S106 -- a placeholder

    def delete_tokens(self) -> NoReturn:
        raise ZohoError("The SDK tried to delete all tokens.", hint="Use `zohocrm-mcp auth logout`.")
