"""Take one step towards a certificate: look at the row, talk to the outside, say what to write down.

A step writes nothing itself. Its caller commits what it says before the next step begins, so a worker that dies
repeats at most one step, and every step bears repeating.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from myfone.kernel import secrets
from myfone.kernel.gateways import gateway
from provisioning.gateways.acme import Account, Acme, AcmeError, Challenge, Order, State, Window
from provisioning.gateways.dns import DnsGateway
from provisioning.gateways.tlsfront import TlsFront, TlsFrontError
from provisioning.models import AcmeAccount, Certificate, CertificateStep
from provisioning.rules import certificates as rules
from provisioning.services import certificate_checks as checks
from provisioning.services.certificate_checks import CertificateFault

SHORTEST_WAIT = 1.0
LONGEST_WAIT = 900.0
AFTER_A_WAIT = 300  # seconds over which those come back who were asked to wait
LIMITED_WITHOUT_A_TIME = 3600.0


@dataclass(frozen=True)
class Moved:
    """What to write down with the new step."""

    fields: dict[str, Any] = field(default_factory=dict)
    lay_out: tuple[Challenge, ...] = ()
    take_away: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotYet:
    """The other side is not done; look again after so many seconds."""

    seconds: float


Outcome = Moved | NotYet
Step = Callable[[Certificate, datetime], Outcome]
Sent = Callable[[], None]


def make_key(certificate: Certificate, at: datetime) -> Outcome:
    """Make the private key before anything is ordered, so that whatever is signed has a key here."""
    made = rules.new_key(rules.KeyKind(certificate.key_kind))
    sealed = secrets.seal(made, bound_to=key_of(certificate))
    return Moved({"key_encrypted": sealed})


def place_order(certificate: Certificate, at: datetime, sent: Sent) -> Outcome:
    """Look where the names lead now, then order; an order whose reply was lost is taken up again."""
    resolver: DnsGateway = gateway("dns")
    checks.still_here(resolver, certificate)
    acme, names = _acme(), tuple(certificate.names)
    account = _account(acme)
    checks.may_be_issued(resolver, certificate, account)
    _rested(acme, certificate, at)
    was_sent = certificate.order_sent_at is not None
    replaced = (getattr(certificate, "replaced_chain", "") or "").encode()
    sent()
    try:
        order = _placed(acme, account, names, was_sent, replaced)
    except AcmeError as error:
        _note_limit(acme, error, at)
        if error.code != "accountDoesNotExist":
            raise
        order = _placed(acme, _account(acme, anew=True), names, False, b"")
    return Moved({"order_url": order.url})


def lay_out_proof(certificate: Certificate, at: datetime) -> Outcome:
    """Ask what to prove, so that the answers can be given before anybody asks for them."""
    acme = _acme()
    account = _account(acme)
    order = _order(acme, account, certificate)
    return Moved(lay_out=acme.challenges(account, order=order))


def announce(certificate: Certificate, at: datetime) -> Outcome:
    """Tell the authority, once, that the answers are laid out: each time it is told, it looks again.

    We look first: an answer that cannot be seen would end the order, and the next comes a night later.
    """
    acme = _acme()
    account = _account(acme)
    order = _order(acme, account, certificate)
    challenges = [one for one in acme.challenges(account, order=order) if one.state is State.PENDING]
    for one in challenges:
        if not _shows(one):
            raise CertificateFault("proof_hidden", permanent=False, name=one.name)
    for one in challenges:
        acme.answer(account, challenge=one)
    return Moved()


def prove(certificate: Certificate, at: datetime) -> Outcome:
    """Wait for the authority's look."""
    acme = _acme()
    order = _order(acme, _account(acme), certificate)
    return _wait(certificate, at, order) if order.state is State.PENDING else Moved()


def finalize(certificate: Certificate, at: datetime) -> Outcome:
    """Hand in the request for the key that was made in the beginning."""
    acme = _acme()
    account = _account(acme)
    order = _order(acme, account, certificate)
    if order.state is State.READY:
        request = rules.request_for(tuple(certificate.names), open_key(certificate))
        acme.finalize(account, order=order, request=request)
    return Moved()


def download(certificate: Certificate, at: datetime) -> Outcome:
    """Fetch the chain when it is signed, and check it against names and key before it counts."""
    acme = _acme()
    account = _account(acme)
    order = _order(acme, account, certificate)
    if order.state is not State.VALID:
        finalize(certificate, at)
        return _wait(certificate, at, order)
    bundle = rules.Bundle(acme.download(account, order=order), open_key(certificate))
    facts = _fit(certificate, bundle, at)
    return Moved(
        {
            "chain_pem": bundle.chain.decode(),
            "serial": facts.serial,
            "issuer": facts.issuer[:200],
            "not_before": facts.not_before,
            "not_after": facts.not_after,
        },
        # Not before: an authority that was told twice looks twice, the second time at a valid order.
        take_away=tuple(challenge.token for challenge in acme.challenges(account, order=order)),
    )


def install(certificate: Certificate, at: datetime) -> Outcome:
    """Hand chain and key to the TLS front."""
    bundle = rules.Bundle(certificate.chain_pem.encode(), open_key(certificate))
    _fit(certificate, bundle, at)
    _front().install(name=certificate.setup.domain, bundle=bundle)
    return Moved()


def confirm(certificate: Certificate, at: datetime) -> Outcome:
    """Ask the TLS front for each name as a client would, and compare the serial."""
    front = _front()
    for name in certificate.names:
        seen = front.served(server_name=name).serial
        if seen != certificate.serial:
            raise CertificateFault("front_not_served", permanent=False, name=name)
    return Moved()


def renewal_window(certificate: Certificate) -> Window | None:
    """Ask the authority when a certificate in use is to be renewed."""
    with _as_faults():
        acme = _acme()
        return acme.renewal_window(_account(acme), chain=certificate.chain_pem.encode())


def take_back(certificate: Certificate) -> bool:
    """Stop serving a certificate, then have the authority revoke it; return False for one that was never issued.

    In this order, so that no client meets a certificate that was taken back.
    """
    with _as_faults():
        if not certificate.chain_pem:
            return False
        _front().remove(name=certificate.setup.domain, serial=certificate.serial)
        acme = _acme()
        chain, reason = certificate.chain_pem.encode(), certificate.revoke_reason or 0
        try:
            acme.revoke(_account(acme), chain=chain, reason=reason)
        except AcmeError as error:
            if error.code != "accountDoesNotExist":
                raise
            acme.revoke(_account(acme, anew=True), chain=chain, reason=reason)
        return True


STEPS: dict[CertificateStep, Step] = {
    CertificateStep.PLANNED: make_key,
    CertificateStep.ORDERED: lay_out_proof,
    CertificateStep.CHALLENGED: announce,
    CertificateStep.ANSWERED: prove,
    CertificateStep.VALIDATED: finalize,
    CertificateStep.FINALIZED: download,
    CertificateStep.DOWNLOADED: install,
    CertificateStep.INSTALLED: confirm,
}
"""What leads away from each step; from `key` leads `place_order`, and from `confirmed` nothing."""


def take(certificate: Certificate, at: datetime, sent: Sent) -> Outcome:
    """Take the step that leads on from where the certificate is; raise CertificateFault.

    `sent` is called right before a new order goes out, and must have committed when it returns.
    """
    step = CertificateStep(certificate.step)
    with _as_faults():
        if step is CertificateStep.KEY:
            return place_order(certificate, at, sent)
        return STEPS[step](certificate, at)


@contextmanager
def _as_faults() -> Iterator[None]:
    """Turn what gateways raise into what a page can say."""
    try:
        yield
    except AcmeError as error:
        raise _acme_fault(error) from error
    except TlsFrontError as error:
        raise CertificateFault(
            f"front_{error.code}", permanent=error.permanent, detail=error.message
        ) from error
    except secrets.CannotOpen as error:
        raise CertificateFault("key_closed", permanent=True, detail=str(error)) from error


def key_of(certificate: Certificate) -> str:
    """Return what a certificate's sealed key is bound to."""
    return f"provisioning.certificate:{certificate.public_id}:key"


def account_key_of(directory: str) -> str:
    """Return what the sealed key of our account at an authority is bound to."""
    return f"provisioning.acmeaccount:{directory}:key"


def open_key(certificate: Certificate) -> bytes:
    """Return the private key of a certificate as PEM."""
    return secrets.unseal(bytes(certificate.key_encrypted or b""), bound_to=key_of(certificate))


def _acme() -> Acme:
    acme: Acme = gateway("acme")
    return acme


def _front() -> TlsFront:
    front: TlsFront = gateway("tlsfront")
    return front


def _shows(challenge: Challenge) -> bool:
    path = f"/.well-known/acme-challenge/{challenge.token}"
    try:
        return _front().shows(host=challenge.name, path=path, body=challenge.key_authorization)
    except TlsFrontError:
        return False


def _account(acme: Acme, *, anew: bool = False) -> Account:
    """Return our account, opened at its first use, or again when the authority has forgotten it."""
    bound = account_key_of(acme.directory)
    kept = AcmeAccount.objects.filter(directory_url=acme.directory).first()
    if kept is None:
        sealed = secrets.seal(rules.new_key(), bound_to=bound)
        with transaction.atomic():
            made = AcmeAccount(directory_url=acme.directory, key_encrypted=sealed)
            AcmeAccount.objects.bulk_create([made], ignore_conflicts=True)
        kept = AcmeAccount.objects.get(directory_url=acme.directory)
    key = secrets.unseal(bytes(kept.key_encrypted), bound_to=bound)
    if kept.account_url and not anew:
        return Account(url=kept.account_url, key=key)
    account = acme.open_account(key=key, contact=settings.ENVIRONMENT.acme_contact)
    AcmeAccount.objects.filter(pk=kept.pk).update(account_url=account.url)
    return account


def _note_limit(acme: Acme, error: AcmeError, at: datetime) -> None:
    """Write down a limit that holds for all orders of our account; others hold for this domain alone."""
    # Boulder's words for this one: "too many new orders (300) from this account in the last 3h0m0s".
    if error.code == "rateLimited" and error.retry_after and "new orders" in error.message:
        until = at + timedelta(seconds=error.retry_after)
        AcmeAccount.objects.filter(directory_url=acme.directory).update(busy_until=until)


def _rested(acme: Acme, certificate: Certificate, at: datetime) -> None:
    """Raise while the authority wants no orders of our account; afterwards we do not come all at once."""
    waits = AcmeAccount.objects.filter(directory_url=acme.directory, busy_until__gt=at).first()
    if waits is not None and waits.busy_until is not None:
        left = (waits.busy_until - at) / timedelta(seconds=1)
        spread = certificate.pk % AFTER_A_WAIT
        raise CertificateFault("acme_busy", permanent=False, retry_after=left + spread)


def _fit(certificate: Certificate, bundle: rules.Bundle, at: datetime) -> rules.Facts:
    """Return what the leaf says; a certificate that cannot be used, or ran out while it waited, is ordered anew."""
    try:
        return rules.checked(bundle, names=tuple(certificate.names), at=at)
    except rules.CertificateUnfit as error:
        raise CertificateFault("acme_unfit", permanent=True, back=True, detail=str(error)) from error


def _placed(acme: Acme, account: Account, names: tuple[str, ...], was_sent: bool, replaced: bytes) -> Order:
    found = acme.find_order(account, names=names) if was_sent else None
    return found or acme.new_order(account, names=names, replaces=replaced)


def _order(acme: Acme, account: Account, certificate: Certificate) -> Order:
    """Return the certificate's order; raise when it can no longer end well."""
    try:
        order = acme.order(account, url=certificate.order_url)
    except AcmeError as error:
        if not error.permanent:
            raise
        raise CertificateFault("acme_forgot", permanent=True, back=True, detail=error.message) from error
    if order.state is not State.INVALID:
        return order
    problem, name = order.problem, ""
    for challenge in acme.challenges(account, order=order):
        if challenge.problem:
            problem, name = challenge.problem, challenge.name
    raise CertificateFault(
        "acme_refused",
        permanent=True,
        back=True,
        name=name,
        problem=problem.code if problem else "",
        detail=problem.detail if problem else "",
    )


def _acme_fault(error: AcmeError) -> CertificateFault:
    limited = error.code == "rateLimited"
    code = "acme_busy" if limited else "acme_unreachable"
    if error.permanent:
        code = "acme_refused"
    retry_after = error.retry_after or (LIMITED_WITHOUT_A_TIME if limited else None)
    return CertificateFault(code, permanent=error.permanent, retry_after=retry_after, detail=error.message)


def _wait(certificate: Certificate, at: datetime, order: Order) -> NotYet:
    """Wait as long as was asked for, and half as long again as it has taken: hours do not cost thousands of looks."""
    elapsed = (at - certificate.step_at) / timedelta(seconds=1)
    patience = min(max(elapsed / 2, SHORTEST_WAIT), LONGEST_WAIT)
    return NotYet(max(patience, float(order.retry_after or 0)))
