"""A second role on the tests' PostgreSQL, which owns nothing: what an application gets where the owner is apart."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from psycopg import sql

from support.postgres import _folder
from zohocrm_mcp.db.layout import Layout
from zohocrm_mcp.db.state import SUPERUSER, Secrets


@contextmanager
def application_role(database_url: str) -> Iterator[str]:
    """The URL of a database for a role that has just been made and may do nothing there yet."""
    name, password = f"app {uuid.uuid4().hex[:8]}", uuid.uuid4().hex
    above = _as_superuser(database_url)
    with psycopg.connect(above, autocommit=True) as connection:
        if not connection.execute("SELECT FROM pg_roles WHERE rolname = current_user AND rolcreaterole").rowcount:
            pytest.skip("the user of TEST_DATABASE_URL may not make roles")
        role = sql.Identifier(name)
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(password)))
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")  # as PostgreSQL 15 and newer have it anyway
        try:
            yield _with_user(database_url, name, password)
        finally:
            connection.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(role))
            connection.execute(sql.SQL("DROP ROLE {}").format(role))


def _as_superuser(database_url: str) -> str:
    if os.environ.get("TEST_DATABASE_URL"):
        return database_url
    return _with_user(database_url, SUPERUSER, Secrets.read(Layout.of(_folder()).secrets).superuser)


def _with_user(url: str, name: str, password: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{quote(name)}:{password}@{place}").geturl()
