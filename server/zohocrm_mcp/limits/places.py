"""The places for calls that this process has locked for itself, and how it shares them with others.

A place is an advisory lock of the database; who holds it may have one call under way. A process keeps its places
between calls, so that a call costs no round trip, and gives back when another process asks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

CONTENDED_SECONDS = 1.0
"""How long a process takes no more than its share after another one has asked for places."""


@dataclass
class Places:
    """Places 1 to ``size`` of one kind. Those up to ``reserved`` never serve a bulk call, in any process.

    ``first`` is the number of the advisory lock below place 1. Guarded by its owner's lock.
    """

    size: int
    reserved: int
    first: int
    idle: set[int] = field(default_factory=set)
    busy: set[int] = field(default_factory=set)
    returning: set[int] = field(default_factory=set)
    """Locked still, to be given back."""
    lost: set[int] = field(default_factory=set)
    """Busy, but somebody else's since the connection that had locked them broke."""
    owed: int = 0
    contended_until: float = float("-inf")
    retry_at: float = float("-inf")

    @property
    def held(self) -> int:
        return len(self.idle) + len(self.busy)

    def pick(self, allowed: int, *, bulk: bool) -> int | None:
        """Take an idle place, the lowest that serves."""
        above = self.reserved if bulk else 0
        place = min((place for place in self.idle if above < place <= allowed), default=None)
        if place is not None:
            self.idle.remove(place)
            self.busy.add(place)
        return place

    def free(self, place: int) -> None:
        self.busy.discard(place)
        if place in self.lost:
            self.lost.discard(place)
        elif self.owed and place > self.reserved:
            self.owed -= 1
            self.returning.add(place)
        else:
            self.idle.add(place)

    def asked(self, now: float, *, held_there: int, wanted: int, processes: int) -> None:
        """Another process wants ``wanted`` places and has ``held_there``: give what is idle, owe what is unfair."""
        self.contended_until = now + CONTENDED_SECONDS
        given = sorted(self.idle, reverse=True)
        self.returning.update(given)
        self.idle.clear()
        fair = max((self.size - self.reserved) // processes, held_there + 1 if held_there else 0)
        self.owed = max(0, min(wanted - len(given), len(self.busy) - fair))

    def give_all(self) -> None:
        """Nothing has been sent for a while: keep nothing."""
        self.returning.update(self.idle)
        self.idle.clear()

    def to_try(self, now: float, waiting: int, interactive: int, allowed: int, processes: int) -> tuple[list[int], int]:
        """Return the numbers to try to lock, and how many of them are wanted."""
        mine = self.idle | self.busy | self.returning
        above = 0 if interactive else self.reserved
        free = [place for place in range(above + 1, allowed + 1) if place not in mine]
        most = waiting
        if now < self.contended_until:
            share = -(-(self.size - self.reserved) // processes)
            most = min(waiting, max(share - self.held, 1 if not self.held else 0))
        return free, most

    def lose(self) -> None:
        """The connection is gone, and every lock with it: go on with what was held, and with one place at least."""
        self.idle |= self.returning
        self.returning.clear()
        self.owed = 0
        if not self.held:
            self.idle.add(min(self.reserved + 1, self.size))

    def regain(self, locked: set[int]) -> None:
        """The connection is back; ``locked`` are the places held before that could be locked again."""
        self.idle &= locked
        self.lost |= self.busy - locked
