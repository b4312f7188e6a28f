"""What can ring, and how it rings."""

from telephony.models.contacts import Contact, ContactImport, ContactSource, ImportState
from telephony.models.phones import Extension, Phone, PhoneKind, SipDomain
from telephony.models.policies import SkypePolicy
from telephony.models.presence import Favourite, HandState, Presence

__all__ = [
    "Contact",
    "ContactImport",
    "ContactSource",
    "Extension",
    "Favourite",
    "HandState",
    "ImportState",
    "Phone",
    "PhoneKind",
    "Presence",
    "SipDomain",
    "SkypePolicy",
]
