"""Work of accounts that is done later; the handlers live beside what they belong to."""

from myfone.accounts.invitations import send_invitations

__all__ = ["send_invitations"]
