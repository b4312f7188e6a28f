"""Keep how a customer gets the product: order, setup, DNS watch, certificate, end of contract."""

from provisioning.models.certificates import (
    AcmeAccount,
    AcmeChallenge,
    Certificate,
    CertificateStep,
    KeyChoice,
)
from provisioning.models.endings import Ending, EndingCause, EndingStep
from provisioning.models.orders import LicenceMode, Order
from provisioning.models.setup import DnsWatch, Setup, Stage, StageConfirmation, WatchState

__all__ = [
    "AcmeAccount",
    "AcmeChallenge",
    "Certificate",
    "CertificateStep",
    "DnsWatch",
    "Ending",
    "EndingCause",
    "EndingStep",
    "KeyChoice",
    "LicenceMode",
    "Order",
    "Setup",
    "Stage",
    "StageConfirmation",
    "WatchState",
]
