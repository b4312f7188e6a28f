"""What can ring, and how it rings."""

from telephony.models.contacts import Contact, ContactImport, ContactSource, ImportState
from telephony.models.numbers import (
    CallPolicy,
    Ddi,
    PickupGroup,
    PickupMember,
    ShownNumber,
    Trunk,
    TrunkSource,
)
from telephony.models.phones import Extension, Phone, PhoneKind, SipDomain
from telephony.models.policies import SkypePolicy
from telephony.models.presence import Favourite, HandState, Presence

__all__ = [
    "CallPolicy",
    "Contact",
    "ContactImport",
    "ContactSource",
    "Ddi",
    "Extension",
    "Favourite",
    "HandState",
    "ImportState",
    "Phone",
    "PhoneKind",
    "PickupGroup",
    "PickupMember",
    "Presence",
    "ShownNumber",
    "SipDomain",
    "SkypePolicy",
    "Trunk",
    "TrunkSource",
]
