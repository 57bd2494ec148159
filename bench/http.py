"""User tasks completed over HTTP, through the door that a person's page uses, the load on the same cores."""

from __future__ import annotations

import json
import subprocess
import sys
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

from app import installation
from app.db import db, transaction
from bench.processes import VARIABLES
from bench.row import Row, row, run_alone
from bench.served import JSON, ROOT, Browser, Server, application, serving
from tests.engine.diagrams import conditional, diagram, user_task
from tests.support.postgres import start_postgres

TASKS, WARM_UP, CONNECTIONS, PROCESSES, SECONDS = 6_000, 600, 8, 2, 60
LOGIN, GROUP = "water1", "water_station"
ANSWER = {"result": "水管已修好，村民家中恢复供水。", "outcome": "done"}
FORM = {
    "type": "default", "id": "answer", "schemaVersion": 16,
    "components": [
        {"type": "textarea", "key": "result", "label": "处理结果", "id": "f1",
         "validate": {"required": True, "maxLength": 500}},
        {"type": "radio", "key": "outcome", "label": "办理情况", "id": "f2", "validate": {"required": True},
         "values": [{"label": "办结", "value": "done"}, {"label": "延期", "value": "extend"}]},
    ],
}  # fmt: skip
ASK = f'camunda:candidateGroups="{GROUP}" camunda:formRef="answer" camunda:formRefBinding="deployment"'
PROCESS = diagram(
    f"""<bpmn:startEvent id="begun"/>{user_task("handle", ASK)}
<bpmn:exclusiveGateway id="outcome" default="outcome_handle"/>{user_task("review", ASK)}<bpmn:endEvent id="ended"/>
flow: begun>handle, handle>outcome, outcome>handle, review>ended
{conditional("handled", "outcome", "review", '=outcome = "done"')}""",
    key="answered",
)


def rows() -> list[Row]:
    """Measure SQLite NORMAL, then PostgreSQL."""
    found = measure("SQLite NORMAL", {"CHANGTONG_SQLITE_SYNCHRONOUS": "NORMAL"}, least=600)
    with start_postgres() as url:
        return found + measure("PostgreSQL", {"DATABASE_URL": url}, least=400)


def measure(name: str, environment: dict[str, str], *, least: float) -> list[Row]:
    """Set up a township with tasks, serve it, complete the tasks."""
    with TemporaryDirectory() as folder:
        environment = {**environment, "CHANGTONG_DATA": folder}
        paths, password = _seeded(environment)
        with serving(environment, PROCESSES) as server:
            browser = Browser(server.port)
            browser.sign_in(LOGIN, password)
            _load(server, browser, paths[:WARM_UP])
            before = server.processor_seconds()
            found = _load(server, browser, paths[WARM_UP:])
            computed = server.processor_seconds() - before
            if found["refused"]:
                raise RuntimeError(f"refused: {found['refused'][:3]}\n{server.told()[-3000:]}")
        waits = found["milliseconds"]
        assert _saved(environment, WARM_UP + len(waits)) == WARM_UP + len(waits), "what was answered was not all kept"
    what = f"over HTTP, {PROCESSES} processes, {name}"
    return [
        row(f"completions {what}", len(waits) / found["seconds"], "/s", limit=least),
        row(f"median wait {what}", median(waits), "ms"),
        row(f"99 % wait at most, {what}", quantiles(waits, n=100)[98], "ms", limit=50),
        row(f"the server's processor time of one completion {what}", computed / len(waits) * 1000, "ms"),
    ]


def _seeded(environment: dict[str, str]) -> tuple[list[str], str]:
    """Set the example up with as many open tasks as will be completed; return their paths and the password."""
    with application(environment).app_context():
        password = installation.open_example()
        assert password is not None
        with transaction() as engine:
            engine.deploy({"answered.bpmn": PROCESS, "answer.form": json.dumps(FORM).encode()}, by="bench")
        paths = [path for _ in range(0, TASKS + WARM_UP, 200) for path in _start(200)]
        db.session.remove()
        db.engine.dispose()
    return paths, password


def _start(count: int) -> list[str]:
    with transaction() as engine:
        started = [engine.start("answered", VARIABLES, by=LOGIN) for _ in range(count)]
    return [f"/tasks/{instance.open_tasks[0].id}/complete" for instance in started]


def _load(server: Server, browser: Browser, paths: list[str]) -> dict[str, Any]:
    order = {
        "port": server.port, "headers": {**browser.headers, "Content-Type": JSON, "Accept": JSON}, "paths": paths,
        "body": {"data": ANSWER}, "connections": CONNECTIONS, "seconds": SECONDS,
    }  # fmt: skip
    command = [sys.executable, "-m", "bench.load"]
    done = subprocess.run(command, input=json.dumps(order), cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _saved(environment: dict[str, str], count: int) -> int:
    with application(environment).app_context(), transaction() as engine:
        done = len(engine.store.tasks(status="completed", limit=count + 1))
        db.engine.dispose()
    return done


if __name__ == "__main__":
    run_alone(rows)
