"""Keep secrets at rest under keys that lie outside the database.

Each secret has a key of its own (AES-256-GCM), which is kept beside it, wrapped with one of the platform's keys:
SECRETS_KEYS is ID:BASE64,…; the first wraps, all unwrap, so that a new one is put in front and `rewrap` moves
the secrets over. What a secret is bound to (a name of its row and column) is authenticated, so that a sealed
value that is copied to another row does not open there.

Layout: 1 byte version, 1 byte length of the key's id, the id, 12 bytes nonce and 48 bytes wrapped key,
12 bytes nonce and the rest ciphertext; both end with a tag of 16 bytes.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

VERSION = 1
NONCE = 12
WRAPPED = 32 + 16


Rewrapper = Callable[[], int]
rewrappers: dict[str, Rewrapper] = {}


class CannotOpen(Exception):
    """The value was not sealed here, is bound to something else, or its key is no longer in SECRETS_KEYS."""


def seal(plaintext: bytes, *, bound_to: str) -> bytes:
    """Return the secret sealed under the first key; twice the same gives two different values."""
    own = AESGCM.generate_key(256)
    nonce = os.urandom(NONCE)
    return _wrap(own, bound_to) + nonce + AESGCM(own).encrypt(nonce, plaintext, bound_to.encode())


def unseal(sealed: bytes, *, bound_to: str) -> bytes:
    """Return the secret; raise CannotOpen, whose text names the key but nothing of the secret."""
    own, start = _unwrap(sealed, bound_to)
    nonce, ciphertext = sealed[start : start + NONCE], sealed[start + NONCE :]
    try:
        return AESGCM(own).decrypt(nonce, ciphertext, bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise CannotOpen(f"not what was sealed for {bound_to}") from error


def rewrap(sealed: bytes, *, bound_to: str) -> bytes:
    """Return the same secret under the first key; the very same value when it is there already."""
    if key_of(sealed) == next(iter(_keys())):
        return sealed
    own, start = _unwrap(sealed, bound_to)
    return _wrap(own, bound_to) + sealed[start:]


def rewraps(kind: str) -> Callable[[Rewrapper], Rewrapper]:
    """Register who rewraps all kept secrets of a kind; it returns how many were not under the first key."""

    def register(function: Rewrapper) -> Rewrapper:
        rewrappers[kind] = function
        return function

    return register


def key_of(sealed: bytes) -> str:
    """Return the id of the key that a sealed value needs."""
    if len(sealed) < 2 or sealed[0] != VERSION:
        raise CannotOpen("not a sealed value")
    return sealed[2 : 2 + sealed[1]].decode(errors="replace")


def _wrap(own: bytes, bound_to: str) -> bytes:
    key_id, key = next(iter(_keys().items()))
    head = bytes([VERSION, len(key_id.encode())]) + key_id.encode()
    nonce = os.urandom(NONCE)
    return head + nonce + AESGCM(key).encrypt(nonce, own, head + bound_to.encode())


def _unwrap(sealed: bytes, bound_to: str) -> tuple[bytes, int]:
    """Return the secret's own key, and where its ciphertext begins."""
    key_id = key_of(sealed)
    key = _keys().get(key_id)
    if key is None:
        raise CannotOpen(f"the key {key_id} is not in SECRETS_KEYS")
    head = 2 + sealed[1]
    end = head + NONCE + WRAPPED
    try:
        own = AESGCM(key).decrypt(
            sealed[head : head + NONCE], sealed[head + NONCE : end], sealed[:head] + bound_to.encode()
        )
    except (InvalidTag, ValueError) as error:
        raise CannotOpen(f"not what was sealed for {bound_to} under the key {key_id}") from error
    return own, end


def _keys() -> dict[str, bytes]:
    parts = (text.partition(":") for text in settings.ENVIRONMENT.secrets_keys)
    return {key_id: base64.urlsafe_b64decode(key) for key_id, _, key in parts}
