"""The doctor's look at certificates: good for long, for a few days only, not to be trusted, not there."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_server, socket

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from zohocrm_mcp.config import Settings
from zohocrm_mcp.connections.certificates import days_left
from zohocrm_mcp.db.pool import Database
from zohocrm_mcp.errors import UnavailableError, ZohoConfigError
from zohocrm_mcp.services.health.probes import Probes
from zohocrm_mcp.services.health.service import Question, examine


@contextmanager
def https(folder: Path, days: int) -> Iterator[tuple[str, Path]]:
    """A server whose certificate for localhost ends in so many days; also the file that vouches for it."""
    file = certificate(folder, days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=shake_hands, args=[listener, context])
        thread.start()
        host = f"localhost:{listener.getsockname()[1]}"
        yield host, file
        listener.shutdown(2)
        thread.join(60)


def shake_hands(listener: socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:
            return
        try:
            context.wrap_socket(peer, server_side=True).close()
        except OSError:
            peer.close()


def certificate(folder: Path, days: int) -> Path:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days, hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file = folder / "localhost.pem"
    file.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return file


def trusting(bundle: Path | None = None, **more: object) -> Settings:
    return Settings.model_validate({"ca_bundle": bundle, "connect_timeout": 5, **more})


def test_the_days_that_are_left_are_counted(tmp_path: Path) -> None:
    with https(tmp_path, 90) as (host, bundle):
        assert days_left(trusting(bundle), host) == 90


def test_a_certificate_that_nobody_vouches_for_is_told(tmp_path: Path) -> None:
    with https(tmp_path, 90) as (host, _), pytest.raises(UnavailableError, match="is not trusted") as caught:
        days_left(trusting(), host)
    assert "ZOHO_SDK_CA_BUNDLE" in caught.value.hint


def test_a_host_that_does_not_answer_is_told(free_tcp_port: int) -> None:
    with pytest.raises(UnavailableError, match="localhost cannot be reached") as caught:
        days_left(trusting(), f"localhost:{free_tcp_port}")
    assert "ZOHO_SDK_PROXY" in caught.value.hint


def test_a_bundle_without_certificates_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    with pytest.raises(ZohoConfigError, match="holds no certificates"):
        days_left(trusting(tmp_path / "empty.pem"), "localhost")


@pytest.mark.anyio
@pytest.mark.parametrize(("days", "status"), [(90, "ok"), (3, "error")])
async def test_a_certificate_that_ends_soon_is_a_failure(
    tmp_path: Path, nobody: Callable[[], Database], days: int, status: str
) -> None:
    with https(tmp_path, days) as (host, bundle), closing(nobody()) as database:
        url = f"https://{host}"
        settings = trusting(bundle, api_url=url, accounts_url=f"{url}/oauth/v2/token", data_dir=tmp_path)
        probes = Probes(settings, database, "default", None)
        (check,) = (await examine([Question("certificates", probes.certificates)])).checks.values()
    assert check.status == status
    assert f"{days} days" in check.detail


@pytest.fixture
def nobody() -> Callable[[], Database]:
    """A database that is not there: nobody is signed in, the settings say where calls would go."""
    return lambda: Database(lambda: "postgresql://nobody@127.0.0.1:1/nothing")
