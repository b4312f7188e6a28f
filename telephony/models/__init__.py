"""What can ring, and how it rings."""

from telephony.models.phones import Extension, Phone, PhoneKind, SipDomain

__all__ = ["Extension", "Phone", "PhoneKind", "SipDomain"]
