"""What SQLite is told about the tables of the lists, so that it uses the indexes that were made for them."""

from flask import Flask
from sqlalchemy import text

from app.db import db, take_stock

OPEN_TASKS_OF_ONE = (
    "EXPLAIN QUERY PLAN SELECT id FROM task WHERE tenant = 'township' AND status = 'open' AND assignee = 'duty1' "
    "AND due_at <= '2027'"
)


ROW = (
    "INSERT INTO task (tenant, id, instance_id, definition_id, definition_key, element_id, name, status, created_at, "
    "candidates, priority, assignee) VALUES ('township', ?, 'i', 'd', 'k', 'e', 'n', ?, "
    "'2026-11-20T00:00:00.000000+00:00', '{}', 50, ?)"
)


def test_open_tasks_are_found_by_their_index_once_stock_is_taken(app: Flask) -> None:
    rows = [
        (f"i:{number}", "open" if number % 20 == 0 else "completed", f"user{number % 40}") for number in range(2000)
    ]
    with app.app_context():
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql(ROW, rows)
            connection.commit()
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        take_stock()
        plan = db.session.execute(text(OPEN_TASKS_OF_ONE)).all()
    assert any("ix_task_open" in str(row) for row in plan), plan
