"""Who may see whose name and telephone, and what everybody else sees instead.

Free text (what the caller said, an opinion) may quote the caller; it is shown as written, and whoever writes it is told
so. It is therefore no place for names in a confidential case.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

MASKED = "***"


def mask_name(name: str) -> str:
    """Return 王** for any name: neither its length nor its rest is to be guessed."""
    return f"{name.strip()[0]}**" if name.strip() else ""


def mask_phone(phone: str) -> str:
    """Return 138****1234 for a mobile number; of shorter numbers less is left, of very short ones nothing."""
    digits = "".join(character for character in phone if character.isdigit())
    digits = digits.removeprefix("00").removeprefix("86") if len(digits) >= 13 else digits
    if not digits:
        return MASKED if phone.strip() else ""
    if len(digits) >= 11:
        return f"{digits[:3]}****{digits[-4:]}"
    return f"****{digits[-2:]}" if len(digits) >= 7 else MASKED


def mask_all(value: str) -> str:
    """Return *** for anything."""
    return MASKED if value.strip() else ""


MASKS: Mapping[str, Callable[[str], str]] = {"name": mask_name, "phone": mask_phone, "all": mask_all}


def mask(value: object, kind: str, *, confidential: bool) -> str:
    """Return what others see of a private value: of a confidential case, nothing that could be guessed from."""
    if not isinstance(value, str):
        return MASKED
    return (mask_all if confidential else MASKS[kind])(value)


def sees_private(
    reader_groups: Collection[str],
    *,
    private_readers: Collection[str],
    confidential_readers: Collection[str],
    confidential: bool,
    involved: bool,
) -> bool:
    """Return whether a reader sees a case's private values.

    Of an ordinary case: the groups declared for it, and whoever works on it now. Of a confidential case: the groups
    declared for that, and nobody else, whoever works on it.
    """
    groups = frozenset(reader_groups)
    if confidential:
        return not groups.isdisjoint(confidential_readers)
    return involved or not groups.isdisjoint(private_readers) or not groups.isdisjoint(confidential_readers)


def may_reveal(
    reader_groups: Collection[str], *, revealers: Collection[str], confidential: bool, has_worked: bool
) -> bool:
    """Return whether a reader of a case, who sees its private values masked, may have one shown for a reason.

    Of an ordinary case: the groups declared for it, and whoever has done a task of it. Of a confidential case nobody:
    those who are let in see its values as they are.
    """
    return not confidential and (has_worked or not frozenset(reader_groups).isdisjoint(revealers))


def masked(private: Mapping[str, str], values: Mapping[str, object], *, confidential: bool) -> dict[str, object]:
    """Return `values` with those in `private` (variable → mask) masked; what is no text is hidden whole."""
    shown = dict(values)
    for name, kind in private.items():
        value = shown.get(name)
        if value is not None:
            shown[name] = mask(value, kind, confidential=confidential)
    return shown
