"""The command `changtong`: set up, run, deploy, check, and look after accounts."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from flask import Flask

from app import checking, conformance, create_app, example, installation
from app.case.errors import CaseError
from app.db import db, take_stock
from app.people import commands as people
from engine import DeploymentRefused, Finding
from engine.errors import EngineError

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 1 when it was refused."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it would introduce itself at every command
    options = _parser().parse_args(arguments)
    if options.data:
        os.environ["CHANGTONG_DATA"] = str(options.data)
    command: Command = options.command
    try:
        return command(options)
    except DeploymentRefused as refused:
        _print_findings(refused.findings)
        print("Nothing was deployed.", file=sys.stderr)
    except (EngineError, CaseError, ValueError) as error:
        print(f"changtong: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def _run(options: argparse.Namespace) -> int:
    from app.serving import serve

    app = create_app()
    with app.app_context():
        if options.example:
            _tell_example(installation.open_example())
        else:
            installation.open_township()
        take_stock()
        # SQLite lets one write at a time, so that more threads would only wait.
        threads = 2 if db.engine.dialect.name == "sqlite" else 4
        db.session.remove()
        db.engine.dispose()  # the serving processes open connections of their own
    _claim(options.host, options.port)
    print(f"http://{options.host}:{options.port}", flush=True)
    serve(options.host, options.port, processes=options.processes, threads=options.threads or threads)
    return 0


def _claim(host: str, port: int) -> None:
    """Raise ValueError when somebody else answers there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ValueError(f"cannot listen at {host}:{port}: {error.strerror}; choose another --port") from None


def _tell_example(password: str | None) -> None:
    if password is None:
        return
    print("An example township is set up. Its accounts, which exist only here:")
    for person in example.township()["people"]:
        print(f"  {person['login']:<14}{person['name']}  {person['work']}")
    print(f"The password of all of them: {password}\n", flush=True)


def _init(options: argparse.Namespace) -> int:
    with create_app().app_context():
        password = installation.set_up_empty(options.name, options.admin)
    print(f"{options.name} is set up. Administrator: {options.admin}   Password: {password}")
    print("Change it after signing in (Settings). Start with: changtong run")
    return 0


def _deploy(options: argparse.Namespace) -> int:
    files = installation.read_files(options.files)
    with create_app().app_context():
        installation.open_township()
        deployment = installation.deploy(files, by=options.by, name=options.name)
    _print_findings(deployment.findings)
    for definition in deployment.definitions:
        print(f"{definition.key} version {definition.version} ({definition.id})")
    if not deployment.is_new:
        print("Everything is deployed already: nothing has changed.")
    return 0


def _worker(_options: argparse.Namespace) -> int:
    from app.serving import worker

    app = create_app()
    with app.app_context():
        installation.open_township()
    worker(app).run()
    return 0


def _people(options: argparse.Namespace) -> int:
    with create_app().app_context():
        installation.open_township()
        for line in options.act(options):
            print(line)
    return 0


def _elsewhere(module: str) -> Command:
    """Run `run(app, options)` of a module that only this command needs."""

    def command(options: argparse.Namespace) -> int:
        app: Flask = create_app()
        code: int | None = importlib.import_module(module).run(app, options)
        return code or 0

    return command


def _print_findings(findings: Sequence[Finding]) -> None:
    language = os.environ.get("LANG", "en")
    for finding in findings:
        print(finding.line_of_text(language), file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="changtong", description=__doc__)
    parser.add_argument("--data", type=Path, help="the data folder (default: $CHANGTONG_DATA, else data)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, text: str, command: Command) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=command)
        return sub

    run = add("run", "serve the pages and run due jobs", _run)
    run.add_argument("--example", action="store_true", help="set up the example township at the first run")
    run.add_argument("--host", default="127.0.0.1")
    run.add_argument("--port", type=int, default=5000)
    run.add_argument("--processes", type=int, default=1, help="serving processes, best one a core")
    run.add_argument("--threads", type=int, help="threads of each (default: 2 with SQLite, 4 with PostgreSQL)")
    init = add("init", "set up an empty township with one administrator", _init)
    init.add_argument("name", help="the township's name")
    init.add_argument("--admin", default="admin", help="login of the administrator (default: admin)")
    deploy = add("deploy", "deploy diagrams, forms and tables together", _deploy)
    deploy.add_argument("files", nargs="+", type=Path)
    deploy.add_argument("--name", default="", help="what has changed and why")
    deploy.add_argument("--by", default="changtong", help="login of who deploys")
    checking.add_to(add("check", "tell what would be refused, without deploying", checking.run))
    conformance.add_to(add("tck", "run the DMN conformance kit's cases", conformance.run))
    add("worker", "run due jobs, without serving pages", _worker)
    people.add_to(add("users", "look after accounts", _people), "users")
    people.add_to(add("groups", "look after offices, villages and roles", _people), "groups")
    add("reindex", "write what registers show, filter and search of all cases anew", _elsewhere("app.reindex"))
    about = "play the sample calls, documents and matters through the example township"
    demo = add("demo", about, _elsewhere("app.demo"))
    demo.add_argument("--again", action="store_true", help="play them once more, under new numbers")
    seed = add("seed", "make many cases, to measure with", _elsewhere("app.seed"))
    seed.add_argument("--cases", type=int, default=100_000)
    seed.add_argument("--open-tasks", type=int, default=20_000)
    return parser


if __name__ == "__main__":
    sys.exit(main())
