"""Pages for process admins: definitions and versions, deployment, jobs and incidents."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("cockpit", __name__)
