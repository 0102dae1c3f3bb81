"""Records and users by what people call them: an exact name or an e-mail address becomes an id, or an error."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.models import Record
from zohocrm_mcp.services.cache import AgedCache
from zohocrm_mcp.services.conditions.coql import BATCH, finding
from zohocrm_mcp.services.names import listed
from zohocrm_mcp.services.quoting import quoted
from zohocrm_mcp.services.schema.checks import Wanted
from zohocrm_mcp.zoho.api import CrmApi

USERS = "users"
_TTL, _USERS_TTL = 60.0, 300.0
_PAGE = 200
Named = tuple[str, str]
NameField = Callable[[str], Awaitable[str]]


class Lookups:
    """Finds by exact name through COQL, which knows a record as soon as it exists; remembers for a minute.

    ``name_field(module)`` answers the API name of the field that names a record.
    """

    def __init__(self, api: CrmApi, name_field: NameField) -> None:
        self._api = api
        self._name_field = name_field
        self._records: AgedCache[Wanted, list[Named]] = AgedCache(self._find, ttl=_TTL, maxsize=20_000)
        self._users: AgedCache[str, list[Record]] = AgedCache(self._all_users, ttl=_USERS_TTL)

    async def resolve(self, wanted: Wanted, field: str, *, active: bool = True) -> str:
        """Return the id that ``wanted`` stands for; without ``active`` among users who have left as well.

        Raises:
            InvalidInputError: nothing or more than one has that name; ``field`` is named, and the candidates.
        """
        found = await self._candidates(wanted, "ActiveUsers" if active else "AllUsers")
        if len(found) == 1:
            return found[0][0]
        raise _ambiguous(wanted, found, field) if found else _nothing(wanted, field, active=active)

    async def prefetch(self, wanted: Iterable[Wanted]) -> None:
        """Find many names with few calls, so that ``resolve`` needs none."""
        by_module: defaultdict[str, set[str]] = defaultdict(set)
        for one in wanted:
            by_module[one.module].add(one.name)
        for module, names in by_module.items():
            if module != USERS:
                await self._prefetch(module, sorted(names))

    async def _prefetch(self, module: str, names: Sequence[str]) -> None:
        for start in range(0, len(names), BATCH):
            batch = names[start : start + BATCH]
            rows = await self._named(module, batch)
            if len(rows) < _PAGE:
                for name in batch:
                    self._records.put(Wanted(module, name), _best(name, rows))

    async def _candidates(self, wanted: Wanted, kind: str) -> list[Named]:
        if wanted.module != USERS:
            return await self._records.get(wanted)
        users = await self._users.get(kind)
        folded = wanted.name.casefold()
        by_email = [user for user in users if str(user.get("email", "")).casefold() == folded]
        return [_user(user) for user in by_email] or _best(wanted.name, [_user(user) for user in users])

    async def _find(self, wanted: Wanted) -> list[Named]:
        return _best(wanted.name, await self._named(wanted.module, [wanted.name]))

    async def _named(self, module: str, names: Sequence[str]) -> list[Named]:
        field = await self._name_field(module)
        rows: list[Record] = []
        for where in finding(field, names):
            query = f"select {field} from {module} where {where} limit {_PAGE}"  # noqa: S608 names are metadata's, values quoted
            rows += (await self._api.coql(query)).data
        return [(str(row["id"]), str(row.get(field))) for row in rows]

    async def _all_users(self, kind: str) -> list[Record]:
        users: list[Record] = []
        for page in range(1, 51):
            body = (await self._api.users(kind, page=page, per_page=_PAGE)).body
            answer = body if isinstance(body, dict) else {}
            rows, info = answer.get("users"), answer.get("info")
            users += [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
            if not (isinstance(info, dict) and info.get("more_records")):
                break
        return users


def _user(user: Record) -> Named:
    return str(user["id"]), str(user.get("full_name") or user.get("email"))


def _best(name: str, found: Iterable[Named]) -> list[Named]:
    """Return those named exactly so, or else those named so in another case."""
    rows = list(found)
    exact = [row for row in rows if row[1] == name]
    return exact or [row for row in rows if row[1].casefold() == name.casefold()]


def _ambiguous(wanted: Wanted, found: Sequence[Named], field: str) -> InvalidInputError:
    candidates = listed([f"{quoted(name)} ({key})" for key, name in found[:10]])
    return InvalidInputError(
        f"{len(found)} {wanted.module} are named {quoted(wanted.name)}: {candidates}.",
        hint=f"Give {field} the id of the one you mean.",
        field=field,
        code="AMBIGUOUS_NAME",
    )


def _nothing(wanted: Wanted, field: str, *, active: bool) -> InvalidInputError:
    user = f"{'active ' if active else ''}user has the name or e-mail address"
    what = user if wanted.module == USERS else f"record of {wanted.module} is named"
    return InvalidInputError(
        f"No {what} {quoted(wanted.name)}.",
        hint=f"Give {field} an exact name or an id.",
        field=field,
        code="INVALID_DATA",
    )
