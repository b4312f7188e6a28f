"""What can ring, and how it rings."""

from telephony.models.phones import Extension, Phone, PhoneKind, SipDomain
from telephony.models.policies import SkypePolicy

__all__ = ["Extension", "Phone", "PhoneKind", "SipDomain", "SkypePolicy"]
