"""A server that speaks TLS on the loopback, and the certificate that it shows."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_server, socket

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Conversation = Callable[[ssl.SSLSocket], None]


@contextmanager
def https(folder: Path, days: int = 90, converse: Conversation = ssl.SSLSocket.close) -> Iterator[tuple[str, Path]]:
    """A server whose certificate for localhost ends in so many days; also the file that vouches for it.

    ``converse`` is what it does with whoever has shaken hands.
    """
    file = certificate(folder, days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=shake_hands, args=[listener, context, converse])
        thread.start()
        host = f"localhost:{listener.getsockname()[1]}"
        yield host, file
        listener.shutdown(2)
        thread.join(60)


def shake_hands(listener: socket, context: ssl.SSLContext, converse: Conversation) -> None:
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:
            return
        with suppress(OSError), peer, context.wrap_socket(peer, server_side=True) as secured:
            converse(secured)


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
