"""A SIP client that knows an address and a password, and finds everything else out.

The demo page signs in with it, and so do the tests: what it sees is what a phone would see.
"""

from demo.sipclient.client import Account, Session, SignInFailed, sign_in
from demo.sipclient.connection import Certificate, ConnectionFailed
from demo.sipclient.locate import LocateFailed, Target
from demo.sipclient.steps import Step

__all__ = [
    "Account",
    "Certificate",
    "ConnectionFailed",
    "LocateFailed",
    "Session",
    "SignInFailed",
    "Step",
    "Target",
    "sign_in",
]
