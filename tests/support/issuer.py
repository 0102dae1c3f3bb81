"""An identity provider in miniature: metadata, keys, and access tokens signed with them, over real HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

AUDIENCE = "https://crm.example.com/mcp"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@cache
def rsa_key(_name: str) -> rsa.RSAPrivateKey:
    """A key for each name; they take a while to make."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(key: PrivateKey, key_id: str) -> dict[str, Any]:
    public = key.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        made = RSAAlgorithm.to_jwk(public, as_dict=True)
    elif isinstance(public, ec.EllipticCurvePublicKey):
        made = ECAlgorithm.to_jwk(public, as_dict=True)
    else:
        made = OKPAlgorithm.to_jwk(public, as_dict=True)
    return {**made, "kid": key_id, "use": "sig"}


class IdentityProvider:
    """``path`` follows its host in the issuer; ``metadata`` says under which well-known name it is found."""

    def __init__(self, path: str = "", metadata: str = "/.well-known/oauth-authorization-server") -> None:
        self.keys: dict[str, PrivateKey] = {
            "rsa": rsa_key("rsa"),
            "ec": ec.generate_private_key(ec.SECP256R1()),
            "ed": ed25519.Ed25519PrivateKey.generate(),
        }
        self.more_keys: list[dict[str, Any]] = []
        self.asked: Counter[str] = Counter()
        self.answers: dict[str, tuple[int, bytes]] = {}
        """Answers that stand in for the right ones, by path."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.root = f"http://127.0.0.1:{self._server.server_port}"
        self.issuer, self.metadata = f"{self.root}{path}", metadata

    @contextmanager
    def running(self) -> Iterator[IdentityProvider]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def answer(self, path: str) -> tuple[int, bytes]:
        self.asked[path] += 1
        if path in self.answers:
            return self.answers[path]
        if path == self.metadata:
            return 200, json.dumps(self._metadata()).encode()
        if path == "/keys":
            keys = [*(public_jwk(key, name) for name, key in self.keys.items()), *self.more_keys]
            return 200, json.dumps({"keys": keys}).encode()
        return 404, b"{}"

    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{self.root}/keys",
            "authorization_endpoint": f"{self.root}/authorize",
            "token_endpoint": f"{self.root}/token",
            "response_types_supported": ["code"],
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def grant(self, asked: dict[str, str]) -> bytes:
        """Answer the token endpoint: a client gets what it asks for, for the resource that it names."""
        self.asked["/token"] += 1
        token = self.token(aud=asked["resource"], scope=asked["scope"], sub="a-service")
        return json.dumps({"access_token": token, "token_type": "Bearer", "expires_in": 300}).encode()

    def claims(self, **more: Any) -> dict[str, Any]:
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": AUDIENCE, "sub": "ann", "iat": now, "exp": now + 300, "scope": "crm:read"}
        return {name: value for name, value in {**usual, **more}.items() if value is not None}

    def token(self, key: str = "rsa", algorithm: str = "", headers: dict[str, Any] | None = None, **more: Any) -> str:
        """Sign claims; one that is None is left out."""
        usual = {"rsa": "RS256", "ec": "ES256", "ed": "EdDSA"}.get(key, "RS256")
        said = {"kid": key, "typ": "at+jwt", **(headers or {})}
        return jwt.encode(self.claims(**more), self.keys[key], algorithm or usual, headers=said)


def _handler(provider: IdentityProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = provider.answer(self.path)
            self.send_response(status)
            if status in {301, 302, 307}:
                self.send_header("Location", body.decode())
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            body = provider.grant(dict(parse_qsl(form)))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests look at ``asked``."""

    return Handler
