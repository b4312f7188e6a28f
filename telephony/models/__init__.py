"""What can ring, and how it rings."""

from telephony.models.contacts import Contact, ContactImport, ContactSource, ImportState
from telephony.models.phones import Extension, Phone, PhoneKind, SipDomain
from telephony.models.policies import SkypePolicy

__all__ = [
    "Contact",
    "ContactImport",
    "ContactSource",
    "Extension",
    "ImportState",
    "Phone",
    "PhoneKind",
    "SipDomain",
    "SkypePolicy",
]
