"""Keep how a customer gets the product: order, setup, DNS watch, certificate."""

from provisioning.models.certificates import (
    AcmeAccount,
    AcmeChallenge,
    Certificate,
    CertificateStep,
    KeyChoice,
)
from provisioning.models.orders import LicenceMode, Order
from provisioning.models.setup import DnsWatch, Setup, Stage, StageConfirmation, WatchState

__all__ = [
    "AcmeAccount",
    "AcmeChallenge",
    "Certificate",
    "CertificateStep",
    "DnsWatch",
    "KeyChoice",
    "LicenceMode",
    "Order",
    "Setup",
    "Stage",
    "StageConfirmation",
    "WatchState",
]
