"""`changtong users …` and `changtong groups …`: each act yields the lines that it tells."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

from app.db import db, now, tenant
from app.people import accounts

Act = Callable[[argparse.Namespace], Iterator[str]]


def add_to(parser: argparse.ArgumentParser, noun: str) -> None:
    """Add the acts of a noun; the chosen one stands in `act`."""
    acts = parser.add_subparsers(required=True, metavar="ACT")

    def add(name: str, text: str, act: Act, *arguments: str) -> argparse.ArgumentParser:
        sub = acts.add_parser(name, help=text, description=text)
        sub.set_defaults(act=act)
        for argument in arguments:
            sub.add_argument(argument)
        return sub

    if noun == "groups":
        add("list", "list the groups with kind and permissions", _list_groups)
        group = add("add", "add a group", _add_group, "id", "name")
        group.add_argument("--kind", choices=("office", "village", "role"), required=True)
        group.add_argument("--permission", action="append", default=[], help="such as inbox; repeatable")
        return
    add("list", "list the accounts with their groups", _list_users)
    user = add("add", "add an account; its password is printed", _add_user, "login", "name")
    user.add_argument("--group", action="append", default=[], help="id of a group; repeatable")
    add("join", "let somebody belong to a group from now on", _join, "login", "group")
    add("leave", "let somebody no longer belong to a group", _leave, "login", "group")
    add("password", "give an account a new password, which is printed", _password, "login")
    add("unlock", "unlock an account before its time", _unlock, "login")
    add("disable", "end an account", _disable, "login")


def _list_groups(_options: argparse.Namespace) -> Iterator[str]:
    return accounts.listed_groups(db.session, tenant())


def _add_group(options: argparse.Namespace) -> Iterator[str]:
    accounts.add_group(options.id, options.name, kind=options.kind, permissions=options.permission)
    yield f"{options.id}   {options.name}"


def _list_users(_options: argparse.Namespace) -> Iterator[str]:
    return accounts.listed(db.session, tenant(), now())


def _add_user(options: argparse.Namespace) -> Iterator[str]:
    yield f"{options.login}   Password: {accounts.add(options.login, options.name, options.group)}"


def _join(options: argparse.Namespace) -> Iterator[str]:
    accounts.join(options.login, options.group)
    yield f"{options.login} belongs to {options.group}"


def _leave(options: argparse.Namespace) -> Iterator[str]:
    accounts.leave(options.login, options.group)
    yield f"{options.login} no longer belongs to {options.group}"


def _password(options: argparse.Namespace) -> Iterator[str]:
    yield f"{options.login}   Password: {accounts.new_password(options.login)}"


def _unlock(options: argparse.Namespace) -> Iterator[str]:
    accounts.unlock(options.login)
    yield f"{options.login} is unlocked"


def _disable(options: argparse.Namespace) -> Iterator[str]:
    accounts.disable(options.login)
    yield f"{options.login} is disabled"
