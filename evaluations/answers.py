"""What may be asked of an answer in prose, and of the organisation afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from evaluations.crm import Crm, Row


class Wrong(Exception):  # noqa: N818 -- it is a judgement, not a fault
    """Something is not as the task wants it."""


def says(answer: str, *texts: str) -> None:
    """Each text stands in the answer, in any case."""
    missing = [text for text in texts if text.lower() not in answer.lower()]
    if missing:
        raise Wrong(f"The answer does not say {missing[0]!r}.")


def says_not(answer: str, *texts: str) -> None:
    said = [text for text in texts if text.lower() in answer.lower()]
    if said:
        raise Wrong(f"The answer says {said[0]!r}.")


def says_number(answer: str, number: float) -> None:
    """The number stands in the answer, with or without separators of thousands and zeros behind the point."""
    found = {float(text.replace(",", "")) for text in re.findall(r"\d[\d,]*(?:\.\d+)?", answer)}
    if float(number) not in found:
        raise Wrong(f"The answer does not say {number:,}.")


def names_exactly(answer: str, crm: Crm, rows: Iterable[Row], field: str = "Account_Name") -> None:
    """The answer names all of ``rows`` and none of the other accounts."""
    wanted = {str(row[field]) for row in rows}
    others = {str(row["Account_Name"]) for row in crm.rows("Accounts")} if field == "Account_Name" else set()
    says(answer, *sorted(wanted))
    rest = answer
    for name in sorted(wanted, key=len, reverse=True):
        rest = rest.replace(name, "")
    says_not(rest, *sorted(others - wanted))


def in_order(answer: str, *texts: str) -> None:
    """The texts stand in the answer one after the other."""
    says(answer, *texts)
    places = [answer.lower().index(text.lower()) for text in texts]
    if places != sorted(places):
        raise Wrong(f"The answer does not name {', '.join(texts)} in this order.")


def nothing_changed(crm: Crm) -> None:
    """Every record of every module is as it was."""
    only_changed(crm, {})


def only_changed(crm: Crm, wanted: Mapping[str, Mapping[str, object]], module: str = "Accounts") -> None:
    """Exactly the ``wanted`` fields of the wanted records have new values, these; nothing was made or deleted."""
    made_or_gone = {name: ids for name in crm.modules if (ids := crm.made(name) | crm.gone(name))}
    if made_or_gone:
        raise Wrong(f"Records were made or deleted: {made_or_gone}.")
    found = {name: changed for name in crm.modules if (changed := crm.changed(name))}
    expected = {module: {key: dict(values) for key, values in wanted.items()}} if wanted else {}
    if found != expected:
        raise Wrong(f"Changed was {_brief(found)}, wanted {_brief(expected)}.")


def made_one(crm: Crm, module: str, **values: object) -> Row:
    """One record of the module is new and has these values; nothing else was made, changed or deleted."""
    touched = {name for name in crm.modules if crm.made(name) | crm.gone(name) or crm.changed(name)}
    if touched != {module} or len(crm.made(module)) != 1 or crm.gone(module) or crm.changed(module):
        raise Wrong(f"Not exactly one new record of {module}: touched were {sorted(touched) or 'none'}.")
    row = crm.row(module, next(iter(crm.made(module))))
    holds(row, **values)
    return row


def holds(row: Row, **values: object) -> None:
    wrong = {name: row.get(name) for name, value in values.items() if row.get(name) != value}
    if wrong:
        raise Wrong(f"The record has {wrong}, wanted { ({name: values[name] for name in wrong}) }.")


def _brief(found: object) -> str:
    text = str(found)
    return text if len(text) < 300 else f"{text[:300]}…"
