"""Reach an ACME server with the `acme` package (RFC 8555).

The package's own loops sleep a second for each pending step and lose the order when the process dies, so its
single exchanges are used; two of them are private, which is why the version is pinned.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import josepy as jose
import requests
from acme import challenges, client, errors, messages
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.conf import settings

from provisioning.gateways.acme import Account, AcmeError, Challenge, Order, Problem, State, Window
from provisioning.rules.certificates import leaf, load_key

USER_AGENT = "myfone/0.1"
TIMEOUT = 20
NONCE_TRIES = 8
TEMPORARY = {"badNonce", "rateLimited", "serverInternal", "orderNotReady", "connection", "dns"}
"""Problem codes after which the same request may succeed later."""
ORDER_PAGES = 20

P = ParamSpec("P")
R = TypeVar("R")


class _Network(client.ClientNetwork):
    """Repeat a request whose nonce was refused (RFC 8555, 6.5); the package does so only once."""

    def post(self, *args: Any, **kwargs: Any) -> requests.Response:
        for _ in range(NONCE_TRIES - 1):
            try:
                return self._post_once(*args, **kwargs)
            except messages.Error as error:
                if error.code != "badNonce":
                    raise
        return self._post_once(*args, **kwargs)

    @classmethod
    def _check_response(
        cls, response: requests.Response, content_type: str | None = None
    ) -> requests.Response:
        """Keep the time that the server asked for, which the package's errors drop."""
        try:
            return super()._check_response(response, content_type)
        except (messages.Error, errors.ClientError) as error:
            error.retry_after = _retry_after(response)  # type: ignore[union-attr]
            error.status = response.status_code  # type: ignore[union-attr]
            raise


def _retry_after(response: requests.Response) -> int | None:
    text = response.headers.get("Retry-After", "")
    if text.isdigit():
        return int(text)
    try:
        return max(0, round(parsedate_to_datetime(text).timestamp() - time.time()))
    except ValueError:
        return None


def _translated(method: Callable[P, R]) -> Callable[P, R]:
    """Turn every failure of the package and of the wire into AcmeError."""

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except messages.Error as error:
            code = error.code or ""
            status = getattr(error, "status", 0)
            temporary = code in TEMPORARY or status == 429 or status >= 500
            raise AcmeError(
                f"{code}: {error.detail}",
                permanent=not temporary,
                code=code,
                retry_after=getattr(error, "retry_after", None),
            ) from error
        except errors.ClientError as error:
            status = getattr(error, "status", 0)
            raise AcmeError(
                f"unexpected answer, HTTP {status}",
                permanent=status in {400, 401, 403, 404, 405},
                retry_after=getattr(error, "retry_after", None),
            ) from error
        except requests.exceptions.SSLError as error:
            raise AcmeError(
                "the server's own certificate is not trusted", permanent=False, code="tls"
            ) from error
        except requests.exceptions.RequestException as error:
            raise AcmeError(
                f"unreachable ({type(error).__name__})", permanent=False, code="unreachable"
            ) from error
        except (errors.Error, jose.errors.Error) as error:
            raise AcmeError(f"unreadable answer ({type(error).__name__})", permanent=False) from error

    return call


class LiveAcme:
    """Issue from the ACME server at a directory address; `ca_bundle` names a file of trusted roots."""

    def __init__(self, *, directory_url: str, ca_bundle: str = "", label: str = "") -> None:
        self.directory = directory_url
        self.ca_bundle = ca_bundle
        self.label = label or directory_url
        self._clients: dict[tuple[bytes, str], client.ClientV2] = {}

    @_translated
    def open_account(self, *, key: bytes, contact: str) -> Account:
        acme = self._client(key)
        acme.net.account = None  # else the request names the account that it asks for, which is malformed
        registration = messages.NewRegistration.from_data(email=contact, terms_of_service_agreed=True)
        try:
            return Account(url=acme.new_account(registration).uri, key=key)
        except errors.ConflictError as known:
            return Account(url=known.location, key=key)

    @_translated
    def new_order(self, account: Account, *, names: tuple[str, ...], replaces: bytes = b"") -> Order:
        acme = self._client(account.key, account.url)
        identifiers = [messages.Identifier(typ=messages.IDENTIFIER_FQDN, value=name) for name in names]
        plain = messages.NewOrder(identifiers=identifiers)
        if replaces and _renewal_info(acme):
            following = _Following(identifiers=identifiers, replaces=_certificate_id(replaces))
            try:
                response = acme._post(acme.directory["newOrder"], following)
            except messages.Error as error:
                # Said of one that has a follower already, or that this authority did not issue.
                if error.code not in {"alreadyReplaced", "malformed"}:
                    raise
                response = acme._post(acme.directory["newOrder"], plain)
        else:
            response = acme._post(acme.directory["newOrder"], plain)
        return _order(response, response.headers["Location"])

    @_translated
    def renewal_window(self, account: Account, *, chain: bytes) -> Window | None:
        acme = self._client(account.key, account.url)
        place = _renewal_info(acme)
        if not place:
            return None
        response = acme.net.get(f"{place}/{_certificate_id(chain)}", content_type="application/json")
        try:
            said = response.json()["suggestedWindow"]
            start, end = (datetime.fromisoformat(said[name]) for name in ("start", "end"))
        except (KeyError, TypeError, ValueError) as error:
            raise AcmeError("the renewal window cannot be read", permanent=False) from error
        if start.tzinfo is None or end.tzinfo is None or end < start:
            raise AcmeError("the renewal window makes no sense", permanent=False)
        return Window(start, end, _retry_after(response))

    @_translated
    def find_order(self, account: Account, *, names: tuple[str, ...]) -> Order | None:
        acme = self._client(account.key, account.url)
        page = acme._post_as_get(account.url).json().get("orders")
        for _ in range(ORDER_PAGES):
            if not page:
                break
            response = acme._post_as_get(page)
            for url in response.json().get("orders") or ():
                order = _order(acme._post_as_get(url), url)
                if set(order.names) == set(names) and order.state not in {State.INVALID, State.VALID}:
                    return order
            page = next(iter(acme._get_links(response, "next")), None)
        return None

    @_translated
    def order(self, account: Account, *, url: str) -> Order:
        return _order(self._client(account.key, account.url)._post_as_get(url), url)

    @_translated
    def challenges(self, account: Account, *, order: Order) -> tuple[Challenge, ...]:
        acme = self._client(account.key, account.url)
        found = []
        for url in order.authorizations:
            response = acme._post_as_get(url)
            authorization = acme._authzr_from_response(response, uri=url).body
            body = next((b for b in authorization.challenges if isinstance(b.chall, challenges.HTTP01)), None)
            if body is None:
                raise AcmeError(f"no http-01 for {authorization.identifier.value}", permanent=True)
            # An authorization that was reused is valid, and its challenge may still be pending.
            state = _state(authorization.status)
            if state is State.PENDING and body.status == messages.STATUS_PROCESSING:
                state = State.PROCESSING
            found.append(
                Challenge(
                    name=authorization.identifier.value,
                    url=body.uri,
                    token=body.chall.encode("token"),
                    key_authorization=body.chall.key_authorization(acme.net.key),
                    state=state,
                    problem=_problem(body.error),
                    retry_after=_retry_after(response),
                )
            )
        return tuple(found)

    @_translated
    def answer(self, account: Account, *, challenge: Challenge) -> None:
        if challenge.state is not State.PENDING:
            return
        acme = self._client(account.key, account.url)
        try:
            acme._post(
                challenge.url, challenges.HTTP01Response(key_authorization=challenge.key_authorization)
            )
        except messages.Error as error:
            # Answered a moment ago by a worker that died before it could say so.
            now = messages.ChallengeBody.from_json(acme._post_as_get(challenge.url).json())
            if error.code != "malformed" or now.status == messages.STATUS_PENDING:
                raise

    @_translated
    def finalize(self, account: Account, *, order: Order, request: bytes) -> Order:
        acme = self._client(account.key, account.url)
        wrapped = messages.CertificateRequest(csr=x509.load_pem_x509_csr(request))
        try:
            return _order(acme._post(order.finalize_url, wrapped), order.url)
        except messages.Error as error:
            now = _order(acme._post_as_get(order.url), order.url)
            if error.code != "orderNotReady" or now.state not in {State.PROCESSING, State.VALID}:
                raise
            return now

    @_translated
    def download(self, account: Account, *, order: Order) -> bytes:
        if order.certificate_url is None:
            raise AcmeError("the order has no certificate yet", permanent=False)
        acme = self._client(account.key, account.url)
        response = acme._post_as_get(order.certificate_url)
        return str(response.text).encode()

    @_translated
    def revoke(self, account: Account, *, chain: bytes, reason: int) -> None:
        acme = self._client(account.key, account.url)
        try:
            acme.revoke(leaf(chain), reason)
        except messages.Error as error:
            if error.code != "alreadyRevoked":
                raise

    def _client(self, key: bytes, url: str = "") -> client.ClientV2:
        """Return the client of an account; one a key, because nonces and connection belong together."""
        name = (key, url)
        if name not in self._clients:
            jwk, algorithm = _signer(key)
            known = messages.RegistrationResource(body=messages.Registration(), uri=url) if url else None
            network = _Network(jwk, alg=algorithm, account=known, user_agent=USER_AGENT, timeout=TIMEOUT)
            network.verify_ssl = self.ca_bundle or True  # type: ignore[assignment]
            # Read once: for each request anew it is a tenth of the time that a certificate takes.
            network.session.proxies.update(requests.utils.get_environ_proxies(self.directory))
            network.session.trust_env = False
            directory = client.ClientV2.get_directory(self.directory, network)
            self._clients[name] = client.ClientV2(directory, network)
        return self._clients[name]


class _Following(messages.NewOrder):
    """A new order that says which certificate it follows (RFC 9773, 5); the package has no field for it."""

    replaces: str = jose.field("replaces", omitempty=True)


def _renewal_info(acme: client.ClientV2) -> str:
    """Return where renewal windows are asked for, or nothing where the authority has none."""
    try:
        return str(acme.directory["renewalInfo"])
    except KeyError:
        return ""


def _certificate_id(chain: bytes) -> str:
    """Return what RFC 9773, 4.1 calls a certificate: key identifier of its issuer, and serial."""
    return str(client._renewal_info_path_component(leaf(chain)))


def _signer(key: bytes) -> tuple[jose.JWK, jose.JWASignature]:
    private = load_key(key)
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return jose.JWKEC(key=private), jose.ES256
    assert isinstance(private, rsa.RSAPrivateKey)
    return jose.JWKRSA(key=private), jose.RS256


def _order(response: requests.Response, url: str) -> Order:
    body = messages.Order.from_json(response.json())
    return Order(
        url=url,
        state=_state(body.status),
        names=tuple(identifier.value for identifier in body.identifiers),
        authorizations=tuple(body.authorizations or ()),
        finalize_url=body.finalize,
        certificate_url=body.certificate,
        retry_after=_retry_after(response),
        problem=_problem(body.error),
    )


def _state(status: messages.Status) -> State:
    """Return the state; what expired, was revoked or deactivated is of no more use than what is invalid."""
    return State(status.name) if status.name in set(State) else State.INVALID


def _problem(error: messages.Error | None) -> Problem | None:
    return None if error is None else Problem(code=error.code or "", detail=error.detail or "")


def gateway() -> LiveAcme:
    """Return the gateway that the environment describes."""
    environment = settings.ENVIRONMENT
    return LiveAcme(directory_url=environment.acme_directory_url, ca_bundle=environment.acme_ca_bundle)
