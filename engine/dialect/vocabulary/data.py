"""BPMN's data: objects, stores, properties, and what activities read and write."""

from __future__ import annotations

from engine.dialect.vocabulary import groups as on
from engine.dialect.vocabulary import hints as why
from engine.dialect.vocabulary.line import Hint, displayed, refused, runs

_NAMED = "dataInput dataOutput inputDataItem outputDataItem property dataStore"
_INPUTS, _OUTPUTS = "dataInput inputDataItem", "dataOutput outputDataItem"
_REFERENCES = "dataObject dataObjectReference dataStoreReference"
_AWARE = f"{_NAMED} {_REFERENCES}"
_ASSOCIATIONS = "dataInputAssociation dataOutputAssociation"
_BY_NAME = Hint("流程的输入输出即同名变量", "what a process is given and gives are variables by name")

LINES = (
    runs("dataObject dataObjectReference", on.SCOPES),
    refused("dataStoreReference", on.SCOPES, why.DATA_STORE),
    refused("dataStore", "definitions", why.DATA_STORE),
    runs("@name", "dataObject dataObjectReference"),
    displayed("@isCollection", "dataObject"),
    runs("@dataObjectRef", "dataObjectReference"),
    displayed("@itemSubjectRef dataState", _AWARE),
    displayed("@name", "dataState"),
    refused("@name @dataStoreRef", "dataStoreReference", why.DATA_STORE),
    refused("@name @capacity @isUnlimited", "dataStore", why.DATA_STORE),
    runs("property", f"process {on.ACTIVITIES}"),
    runs("@name", f"property {_INPUTS} {_OUTPUTS}"),
    runs("ioSpecification", on.ACTIVITIES),
    displayed("ioSpecification", "process", hint=_BY_NAME),
    refused("ioSpecification", on.GLOBAL_TASKS, why.DATA),
    runs("dataInput dataOutput inputSet", "ioSpecification"),
    displayed("outputSet", "ioSpecification"),
    displayed("@isCollection", f"{_INPUTS} {_OUTPUTS}"),
    displayed("@name outputSetRefs", "inputSet"),
    runs("dataInputRefs optionalInputRefs whileExecutingInputRefs", "inputSet"),
    displayed("@name dataOutputRefs optionalOutputRefs whileExecutingOutputRefs inputSetRefs", "outputSet"),
    runs(_ASSOCIATIONS, on.ACTIVITIES),
    runs("sourceRef targetRef transformation assignment", _ASSOCIATIONS),
    runs("from to", "assignment"),
)
