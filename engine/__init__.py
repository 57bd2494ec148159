"""The engine: runs and keeps process instances. It knows no Flask and no township."""

from engine.catalog import Deployment
from engine.clock import Clock, MovingClock, SystemClock
from engine.definition import Element, ProcessDefinition
from engine.dialect.finding import DeploymentRefused, Finding
from engine.engine import Engine
from engine.errors import EngineError
from engine.history import Event
from engine.instance import ProcessInstance
from engine.job import JobFailed, Service, ServiceCall
from engine.steps import Startable
from engine.store import Change, JobRecord, Store, TaskRecord
from engine.worker import Worker

__all__ = [
    "Change", "Clock", "Deployment", "DeploymentRefused", "Element", "Engine", "EngineError", "Event", "Finding",
    "JobFailed", "JobRecord", "MovingClock", "ProcessDefinition", "ProcessInstance", "Service", "ServiceCall",
    "Startable", "Store", "SystemClock", "TaskRecord", "Worker",
]
