"""As whom PostgreSQL runs: it refuses to be root, so root hands it to an unprivileged user that exists already."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from zohocrm_mcp.db.layout import runs_as_root
from zohocrm_mcp.errors import ZohoConfigError

if sys.platform != "win32":
    import pwd

if TYPE_CHECKING:
    from os import stat_result

_WORKING_DIRECTORY = Path("/proc/self/cwd")


class Identity(TypedDict, total=False):
    """The arguments of ``subprocess`` that say as whom a program runs."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """The user of the operating system that PostgreSQL runs as. Without ids: the one that we are."""

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def choose(cls, cluster: Path) -> Account:
        """Return ourselves; when we are root the owner of the cluster, for a new one ``postgres`` or else ``nobody``.

        Raises:
            ZohoConfigError: root has neither of them, or our own user id has no name (initdb wants one).
        """
        if sys.platform == "win32":
            return cls()
        if runs_as_root():
            return cls._owning(cluster) if cluster.exists() else cls._unprivileged()
        if not _ids(os.geteuid()):
            raise ZohoConfigError(
                f"PostgreSQL cannot run as user id {os.geteuid()}, which the system's user list does not name.",
                hint="Run as a user with an entry in /etc/passwd, or set DATABASE_URL to a PostgreSQL server.",
            )
        return cls()

    @classmethod
    def _owning(cls, cluster: Path) -> Account:
        found = cluster.stat()
        return cls(found.st_uid, found.st_gid)

    @classmethod
    def _unprivileged(cls) -> Account:
        for name in ("postgres", "nobody"):
            if ids := _ids(name):
                return cls(*ids)
        raise ZohoConfigError(
            "PostgreSQL refuses to run as root, and this system has neither a user postgres nor a user nobody.",
            hint="Run as an ordinary user, or set DATABASE_URL to a PostgreSQL server.",
        )

    def identity(self) -> Identity:
        if self.uid is None or self.gid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make this user the owner of something that we have made."""
        if self.uid is not None and self.gid is not None:
            shutil.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Tell whether the permissions of ``path`` and of all directories above it let this user through."""
        resolved = path.resolve()
        return self.uid is None or all(self._may_enter(each.stat()) for each in (resolved, *resolved.parents))

    def name_for(self, folder: Path) -> str:
        """Return a path of ``folder`` for a program that runs in it as this user.

        Linux leads to the working directory whatever the permissions of the directories above it, so that root may
        keep the data below a closed one.
        """
        if self.reaches(folder) or not _WORKING_DIRECTORY.exists():
            return str(folder)
        return str(_WORKING_DIRECTORY)

    def _may_enter(self, found: stat_result) -> bool:
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)


if sys.platform != "win32":

    def _ids(user: str | int) -> tuple[int, int] | None:
        """Return the ids of a user, given by name or by id, or None when the system does not know it."""
        try:
            entry = pwd.getpwnam(user) if isinstance(user, str) else pwd.getpwuid(user)
        except KeyError:
            return None
        return entry.pw_uid, entry.pw_gid
else:

    def _ids(_user: str | int) -> tuple[int, int] | None:
        return None
