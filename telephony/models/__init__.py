"""What can ring, and how it rings."""

from telephony.models.phones import Extension, Phone, PhoneKind, SipDomain
from telephony.models.policies import SkypePolicy
from telephony.models.presence import Favourite, HandState, Presence

__all__ = [
    "Extension",
    "Favourite",
    "HandState",
    "Phone",
    "PhoneKind",
    "Presence",
    "SipDomain",
    "SkypePolicy",
]
