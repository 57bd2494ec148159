"""Deploys files, and has done what follows for the cases that are there already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.case.rekeying import ask_for_keys
from app.db import db, now

if TYPE_CHECKING:
    from engine import Engine
    from engine.catalog import Deployment


def deploy(engine: Engine, files: Mapping[str, bytes], *, by: str, name: str, source: str) -> Deployment:
    """Deploy files together, within the caller's transaction. Raises DeploymentRefused."""
    deployment = engine.deploy(files, by=by, name=name, source=source)
    if deployment.is_new:
        ask_for_keys(db.session(), engine, deployment, at=now())
    return deployment
