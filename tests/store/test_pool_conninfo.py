"""Where PostgreSQL is: what the settings mean, and which of them are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from zohocrm_mcp.db.conninfo import conninfo_from
from zohocrm_mcp.errors import ZohoConfigError

UNUSED = Path("/nonexistent/data")


@pytest.mark.parametrize(
    "url", ["postgresql://u:p@h:5433/d?sslmode=require", "postgres://h1,h2:6000/d", " postgres:///d "]
)
def test_a_url_of_postgresql_is_passed_on(url: str) -> None:
    assert conninfo_from(url, host="ignored", data_dir=UNUSED)() == url.strip()


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("sqlite:///tokens.db", "its scheme is sqlite://"),
        ("sqlite://", "its scheme is sqlite://"),
        ("mysql://root:s3cret@localhost/d", "its scheme is mysql://"),
        ("postgresql+psycopg://u:s3cret@h/d", "its scheme is postgresql+psycopg://"),
        ("POSTGRESQL//u:s3cret@h/d", "it has no scheme"),
        ("host=h password=s3cret", "it has no scheme"),
        ("tokens.db", "it has no scheme"),
        ("postgresql://", "names neither a host nor a database"),
    ],
)
def test_any_other_url_is_refused_by_the_name_of_its_variable(url: str, found: str) -> None:
    with pytest.raises(ZohoConfigError) as caught:
        conninfo_from(url, data_dir=UNUSED)
    assert found in str(caught.value)
    assert "DATABASE_URL" in str(caught.value)
    assert "postgresql://user:password@host:5432/database" in caught.value.hint
    assert caught.value.details == {"variable": "DATABASE_URL"}
    assert "s3cret" not in f"{caught.value}{caught.value.hint}"


def test_the_parts_make_a_url_whatever_stands_in_them() -> None:
    source = conninfo_from(
        None, host="db.example", port=6432, name="a/b", user="me@x", password="p:/@ %?", data_dir=UNUSED
    )
    expected = {"host": "db.example", "port": "6432", "dbname": "a/b", "user": "me@x", "password": "p:/@ %?"}
    assert conninfo_to_dict(source()) == expected


@pytest.mark.parametrize("host", ["::1", "/var/run/postgresql", "10.0.0.1"])
def test_a_host_may_be_an_address_or_a_folder(host: str) -> None:
    found = conninfo_to_dict(conninfo_from("", host=host, data_dir=UNUSED)())
    assert (found["host"], found["port"], found["dbname"]) == (host, "5432", "zohocrm")


def test_a_user_alone_means_a_server_on_this_machine() -> None:
    assert conninfo_from(None, user="me", data_dir=UNUSED)() == "postgresql://me@localhost:5432/zohocrm"


def test_without_any_setting_the_embedded_server_is_meant(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    source = conninfo_from("", host="", user="", password="", data_dir=tmp_path / "file")
    with pytest.raises(ZohoConfigError, match="cannot hold the embedded database"):
        source()
