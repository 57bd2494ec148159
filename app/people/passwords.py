"""Passwords: what is asked of a new one, how it is kept, and when an account is locked."""

from __future__ import annotations

import secrets
import string
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.people.models import User
from app.people.queries import AnySession

_hasher = PasswordHasher()
# Checked for unknown logins too, so that the time of the answer does not tell who exists.
_nobody = _hasher.hash(secrets.token_hex(16))
_KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
# Without what is easily misread on paper: I l 1 O 0.
_LEGIBLE = ("abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789")


def kinds_of(password: str) -> int:
    """Count the kinds of characters: lower case, upper case, digits, others."""
    found = {next((i for i, kind in enumerate(_KINDS) if character in kind), len(_KINDS)) for character in password}
    return len(found)


def is_strong(password: str, *, length: int, kinds: int) -> bool:
    """Tell whether a new password is long and varied enough."""
    return len(password) >= length and kinds_of(password) >= kinds


def hash_password(password: str) -> str:
    """Return the argon2id hash that is kept."""
    return _hasher.hash(password)


def random_password(length: int = 12) -> str:
    """Make a password that satisfies every rule and is easy to read aloud."""
    characters = [secrets.choice(kind) for kind in _LEGIBLE]
    characters += [secrets.choice("".join(_LEGIBLE)) for _ in range(length - len(characters))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def check_password(
    session: AnySession, user: User | None, password: str, *, at: datetime, lock_after: int, lock_for: timedelta
) -> bool:
    """Tell whether the password is the user's; count failures, and lock the account after too many in a row.

    A locked account refuses the right password too, until `locked_until`.
    """
    if user is None or not user.active or is_locked(user, at):
        matches(_nobody, password)
        return False
    if not matches(user.password_hash, password):
        # Counted by the database, so that attempts at the same moment all count.
        user.failed_logins = User.failed_logins + 1
        session.flush()
        if user.failed_logins >= lock_after:
            user.failed_logins, user.locked_until = 0, at + lock_for
        return False
    user.failed_logins, user.locked_until = 0, None
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = hash_password(password)
    return True


def is_locked(user: User, at: datetime) -> bool:
    """Tell whether the account is locked at `at`."""
    return user.locked_until is not None and at < user.locked_until


def matches(password_hash: str, password: str) -> bool:
    """Tell whether the password is the one that was hashed."""
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
