"""Keep how a customer gets the product: order, claim on a domain, setup, DNS watch, certificate, end of contract."""

from provisioning.models.certificates import (
    AcmeAccount,
    AcmeChallenge,
    Certificate,
    CertificateStep,
    KeyChoice,
)
from provisioning.models.claims import ClaimEnd, DomainClaim, Proof
from provisioning.models.endings import Ending, EndingCause, EndingStep
from provisioning.models.moving import Answer, ContactsAnswer, ContactsRound
from provisioning.models.orders import LicenceMode, Order
from provisioning.models.reminders import Reminder
from provisioning.models.setup import DnsWatch, Setup, Stage, StageConfirmation, WatchState
from provisioning.models.upkeep import Upkeep

__all__ = [
    "AcmeAccount",
    "AcmeChallenge",
    "Answer",
    "Certificate",
    "CertificateStep",
    "ClaimEnd",
    "ContactsAnswer",
    "ContactsRound",
    "DnsWatch",
    "DomainClaim",
    "Ending",
    "EndingCause",
    "EndingStep",
    "KeyChoice",
    "LicenceMode",
    "Order",
    "Proof",
    "Reminder",
    "Setup",
    "Stage",
    "StageConfirmation",
    "Upkeep",
    "WatchState",
]
