"""Stand in for a certificate authority: an internal CA that really signs, in this process, without a wire.

It keeps its root, accounts and orders in a directory, so that the portal and every worker see the same.
Tests script it: `fail` and `slow` say what goes wrong, `fetch` plays the validation's look at port 80.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings

from provisioning.gateways.acme import Account, AcmeError, Challenge, Order, Problem, State, Window
from provisioning.rules.certificates import leaf, load_key, new_key

LABEL = "internal CA – stand-in"
LIFE = timedelta(days=45)
BASE = "internal-ca:"
Fetch = Callable[[str, str], str | None]


@dataclass
class FakeAcme:
    """Issue from a root of our own, kept in `books`; without `fetch` every answered challenge passes."""

    books: Path
    fetch: Fetch | None = None
    label: str = LABEL
    directory: str = f"{BASE}directory"
    life: timedelta = LIFE
    faults: list[tuple[str, AcmeError]] = field(default_factory=list)
    waits: int = 0
    window: Window | None = None
    followed: list[str] = field(default_factory=list)

    def fail(self, method: str, error: AcmeError, *, times: int = 1) -> None:
        """Let the next calls of this method fail."""
        self.faults += [(method, error)] * times

    def slow(self, looks: int) -> None:
        """Let the next looks at an order that is being issued say `processing`, with a second to wait."""
        self.waits = looks

    def count(self) -> int:
        """Return how many orders were ever placed."""
        with self._book() as book:
            return len(book["orders"])

    @property
    def root(self) -> bytes:
        """Return the root certificate as PEM."""
        with self._book() as book:
            return str(book["root"]).encode()

    def open_account(self, *, key: bytes, contact: str) -> Account:
        self._script("open_account")
        with self._book() as book:
            url = f"{BASE}account/{_thumbprint(key)}"
            book["accounts"].setdefault(url, contact)
            return Account(url=url, key=key)

    def renewal_window(self, account: Account, *, chain: bytes) -> Window | None:
        """Answer with what a test set as `window`."""
        self._script("renewal_window")
        return self.window

    def new_order(self, account: Account, *, names: tuple[str, ...], replaces: bytes = b"") -> Order:
        self._script("new_order")
        if replaces and self.window:
            self.followed.append(f"{leaf(replaces).serial_number:X}")
        with self._book() as book:
            self._known(book, account)
            url = f"{BASE}order/{len(book['orders']) + 1}"
            book["orders"][url] = {
                "account": account.url,
                "names": list(names),
                "state": State.PENDING,
                "challenges": {
                    name: {"token": secrets.token_urlsafe(24), "state": State.PENDING} for name in names
                },
            }
            return _order(url, book["orders"][url])

    def find_order(self, account: Account, *, names: tuple[str, ...]) -> Order | None:
        self._script("find_order")
        with self._book() as book:
            for url, kept in book["orders"].items():
                open_ = kept["state"] not in {State.INVALID, State.VALID}
                if open_ and kept["account"] == account.url and set(kept["names"]) == set(names):
                    return _order(url, kept)
        return None

    def order(self, account: Account, *, url: str) -> Order:
        self._script("order")
        with self._book() as book:
            kept = self._kept(book, account, url)
            if kept["state"] == State.PROCESSING:
                if self.waits > 0:
                    self.waits -= 1
                    return _order(url, kept, retry_after=1)
                kept["state"] = State.VALID
            return _order(url, kept)

    def challenges(self, account: Account, *, order: Order) -> tuple[Challenge, ...]:
        self._script("challenges")
        with self._book() as book:
            kept = self._kept(book, account, order.url)
            return tuple(
                Challenge(
                    name=name,
                    url=f"{order.url}/{name}",
                    token=each["token"],
                    key_authorization=f"{each['token']}.{_thumbprint(account.key)}",
                    state=State(each["state"]),
                    problem=Problem(**each["problem"]) if "problem" in each else None,
                )
                for name, each in kept["challenges"].items()
            )

    def answer(self, account: Account, *, challenge: Challenge) -> None:
        self._script("answer")
        found = self.fetch(challenge.name, challenge.token) if self.fetch else challenge.key_authorization
        with self._book() as book:
            kept = self._kept(book, account, challenge.url.rpartition("/")[0])
            each = kept["challenges"][challenge.name]
            if each["state"] != State.PENDING:
                return
            if found is not None and found.strip() == challenge.key_authorization:
                each["state"] = State.VALID
            else:
                detail = f"http://{challenge.name}/.well-known/acme-challenge/{challenge.token}: "
                detail += "no answer" if found is None else "not the key authorization"
                each["state"] = kept["state"] = State.INVALID
                each["problem"] = {"code": "unauthorized", "detail": detail}
            if all(other["state"] == State.VALID for other in kept["challenges"].values()):
                kept["state"] = State.READY

    def finalize(self, account: Account, *, order: Order, request: bytes) -> Order:
        self._script("finalize")
        with self._book() as book:
            kept = self._kept(book, account, order.url)
            if kept["state"] in {State.PROCESSING, State.VALID}:
                return _order(order.url, kept)
            if kept["state"] != State.READY:
                raise AcmeError("the order is not ready", permanent=False, code="orderNotReady")
            asked = x509.load_pem_x509_csr(request)
            kept["chain"] = _sign(book, asked, tuple(kept["names"]), self.life).decode()
            kept["state"] = State.PROCESSING if self.waits else State.VALID
            return _order(order.url, kept, retry_after=1 if self.waits else None)

    def download(self, account: Account, *, order: Order) -> bytes:
        self._script("download")
        with self._book() as book:
            kept = self._kept(book, account, order.url)
            if kept["state"] != State.VALID:
                raise AcmeError("the order has no certificate yet", permanent=False)
            return str(kept["chain"]).encode()

    def revoke(self, account: Account, *, chain: bytes, reason: int) -> None:
        self._script("revoke")
        said = leaf(chain)
        with self._book() as book:
            self._known(book, account)
            kept = (kept for kept in book["orders"].values() if kept["account"] == account.url)
            if not any(each.get("chain") == chain.decode() for each in kept):
                raise AcmeError("no such certificate", permanent=True, code="malformed")
            book.setdefault("revoked", {}).setdefault(f"{said.serial_number:X}", reason)

    @property
    def revoked(self) -> dict[str, int]:
        """Return the reason of each serial that was taken back."""
        with self._book() as book:
            return dict(book.get("revoked", {}))

    def _script(self, method: str) -> None:
        for number, (name, error) in enumerate(self.faults):
            if name in {method, "*"}:
                del self.faults[number]
                raise error

    def _known(self, book: dict[str, Any], account: Account) -> None:
        if account.url not in book["accounts"]:
            raise AcmeError("no such account", permanent=True, code="accountDoesNotExist")

    def _kept(self, book: dict[str, Any], account: Account, url: str) -> dict[str, Any]:
        self._known(book, account)
        kept: dict[str, Any] | None = book["orders"].get(url)
        if kept is None or kept["account"] != account.url:
            raise AcmeError("no such order", permanent=True)
        return kept

    @contextmanager
    def _book(self) -> Iterator[dict[str, Any]]:
        """Open the CA's book for one step; processes take turns."""
        self.books.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.books / "book.json"
        with open(self.books / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            book = json.loads(path.read_text()) if path.exists() else _new_book()
            yield book
            draft = path.with_suffix(".draft")
            draft.touch(mode=0o600)
            draft.write_text(json.dumps(book))
            draft.replace(path)


def _order(url: str, kept: dict[str, Any], retry_after: int | None = None) -> Order:
    problems = [each["problem"] for each in kept["challenges"].values() if "problem" in each]
    return Order(
        url=url,
        state=State(kept["state"]),
        names=tuple(kept["names"]),
        authorizations=tuple(f"{url}/{name}" for name in kept["names"]),
        finalize_url=f"{url}/finalize",
        certificate_url=f"{url}/certificate" if kept["state"] == State.VALID else None,
        retry_after=retry_after,
        problem=Problem(**problems[0]) if problems else None,
    )


def _thumbprint(key: bytes) -> str:
    public = load_key(key).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    digest = hashlib.sha256(public.public_bytes(serialization.Encoding.DER, form)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _new_book() -> dict[str, Any]:
    key = load_key(new_key())
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Myfone {LABEL}")])
    now = datetime.now(UTC)
    root = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "root": root.public_bytes(serialization.Encoding.PEM).decode(),
        "key": private.decode(),
        "accounts": {},
        "orders": {},
    }


def _sign(
    book: dict[str, Any], asked: x509.CertificateSigningRequest, names: tuple[str, ...], life: timedelta
) -> bytes:
    wanted = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    if set(wanted.get_values_for_type(x509.DNSName)) != set(names):
        raise AcmeError("the request names other hosts than the order", permanent=True, code="badCSR")
    root = x509.load_pem_x509_certificate(book["root"].encode())
    key = load_key(book["key"].encode())
    now = datetime.now(UTC)
    leaf = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(root.subject)
        .public_key(asked.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + life)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()),  # type: ignore[arg-type]
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    return leaf.public_bytes(serialization.Encoding.PEM) + str(book["root"]).encode()


def gateway() -> FakeAcme:
    """Return the stand-in, its book below the run directory."""
    return FakeAcme(settings.ENVIRONMENT.var_directory / "internal-ca")
