"""API names and labels, in any case: what a caller writes becomes the one API name it means, or an error that helps."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Protocol

from zohocrm_mcp.errors import InvalidInputError
from zohocrm_mcp.services.guessing import guess
from zohocrm_mcp.services.quoting import quoted

_SEPARATORS = re.compile(r"[\s_-]+")
_NEAREST = 3
_LONGEST = 200
"""Characters of a name that is worth looking for what it may mean; Zoho's own have up to 50 (Zoho CRM help, fields)."""


class Named(Protocol):
    """Something with an API name and a label."""

    @property
    def api_name(self) -> str: ...
    @property
    def label(self) -> str: ...


@lru_cache(maxsize=8192)
def fold(name: str) -> str:
    """Return ``name`` without case, spaces, underscores and hyphens."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", name)).casefold()


def listed(words: Sequence[str], last: str = "or") -> str:
    """Return ``a``, ``a or b`` or ``a, b or c``."""
    return f" {last} ".join([*([", ".join(words[:-1])] if len(words) > 1 else []), *words[-1:]])


def shown(named: Named) -> str:
    return named.api_name if named.api_name == named.label else f"{named.api_name} ({named.label})"


def resolve(given: str, known: Iterable[Named], *, module: str = "") -> str:
    """Return the API name that ``given`` means among the fields of ``module``, or among modules without one.

    An exact API name wins over an exact label, a folded API name over a folded label.

    Raises:
        InvalidInputError: nothing has that name (the nearest are told), or a label stands for several. Its detail
            ``outdated`` says that newer metadata might think otherwise.
    """
    candidates = list(known)
    for matches in _matches(given, candidates):
        found = {one.api_name: one for one in matches}
        if len(found) == 1:
            return next(iter(found))
        if found:
            raise _ambiguous(given, list(found.values()), module)
    raise unknown(given, candidates, module)


def _matches(given: str, known: Sequence[Named]) -> Iterable[list[Named]]:
    folded = fold(given)
    yield [one for one in known if one.api_name == given]
    yield [one for one in known if one.label == given]
    yield [one for one in known if fold(one.api_name) == folded]
    yield [one for one in known if fold(one.label) == folded]


def nearest(given: str, known: Sequence[Named]) -> list[Named]:
    """Return up to three whose API name or label looks like ``given``, best first."""
    return [] if len(given) > _LONGEST else guess(("name", given), lambda: _looking_like(given, known))


def _looking_like(given: str, known: Sequence[Named]) -> list[Named]:
    by_name: dict[str, list[Named]] = {}
    for one in known:
        for name in {fold(one.api_name), fold(one.label)}:
            by_name.setdefault(name, []).append(one)
    close = difflib.get_close_matches(fold(given), by_name, n=_NEAREST * 2, cutoff=0.6)
    found = {one.api_name: one for name in close for one in by_name[name]}
    return list(found.values())[:_NEAREST]


def _ambiguous(given: str, found: Sequence[Named], module: str) -> InvalidInputError:
    names = listed([shown(one) for one in found])
    what = f"fields on {module}" if module else "modules"
    return InvalidInputError(
        f"{given!r} stands for {len(found)} {what}: {names}.",
        hint="Use the API name.",
        field=given,
        code="AMBIGUOUS_NAME",
        outdated=True,
    )


def unknown(given: str, known: Sequence[Named], module: str) -> InvalidInputError:
    """Return the error of a name that nothing has, with the nearest."""
    close = nearest(given, known)
    question = f" Did you mean {listed([shown(one) for one in close])}?" if close else ""
    what = f"field {quoted(given)} on {module}" if module else f"module {quoted(given)}"
    return InvalidInputError(
        f"Unknown {what}.{question}",
        hint=f"describe_module lists the fields of {module}." if module else "list_modules lists the modules.",
        field=given[:_LONGEST],
        code="INVALID_DATA" if module else "INVALID_MODULE",
        outdated=True,
    )
