"""BPMN's data: objects, stores, properties, and what activities read and write."""

from __future__ import annotations

from engine.dialect.vocabulary import groups as on
from engine.dialect.vocabulary import hints as why
from engine.dialect.vocabulary.line import displayed, refused

_NAMED = "dataInput dataOutput inputDataItem outputDataItem property dataStore"
_INPUTS, _OUTPUTS = "dataInput inputDataItem", "dataOutput outputDataItem"
_REFERENCES = "dataObject dataObjectReference dataStoreReference"
_AWARE = f"{_NAMED} {_REFERENCES}"
_ASSOCIATIONS = "dataInputAssociation dataOutputAssociation"

LINES = (
    displayed("dataObject dataObjectReference", on.SCOPES),
    refused("dataStoreReference", on.SCOPES, why.DATA_STORE),
    refused("dataStore", "definitions", why.DATA_STORE),
    displayed("@name", "dataObject dataObjectReference"),
    displayed("@isCollection", "dataObject"),
    displayed("@dataObjectRef", "dataObjectReference"),
    refused("@itemSubjectRef dataState", _AWARE, why.DATA),
    refused("@name", "dataState", why.DATA),
    refused("@name @dataStoreRef", "dataStoreReference", why.DATA_STORE),
    refused("@name @capacity @isUnlimited", "dataStore", why.DATA_STORE),
    refused("property", f"process {on.ACTIVITIES}", why.DATA),
    refused("@name", f"property {_INPUTS} {_OUTPUTS}", why.DATA),
    refused("ioSpecification", f"{on.CALLABLE} {on.ACTIVITIES}", why.DATA),
    refused("dataInput dataOutput inputSet outputSet", "ioSpecification", why.DATA),
    refused("@isCollection", f"{_INPUTS} {_OUTPUTS}", why.DATA),
    refused("@name dataInputRefs optionalInputRefs whileExecutingInputRefs outputSetRefs", "inputSet", why.DATA),
    refused("@name dataOutputRefs optionalOutputRefs whileExecutingOutputRefs inputSetRefs", "outputSet", why.DATA),
    refused(_ASSOCIATIONS, on.ACTIVITIES, why.DATA),
    refused("sourceRef targetRef transformation assignment", _ASSOCIATIONS, why.DATA),
    refused("from to", "assignment", why.DATA),
)
