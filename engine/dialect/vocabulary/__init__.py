"""The allow-list as a table: what of BPMN, of Camunda 7 and of Camunda 8 runs, is kept for display, or is refused.

Each line says its standing first, then the names, then where they may stand:

    runs("@assignee", "userTask")                            an attribute that the engine acts upon
    runs("@topic", on.TASKS, values="a b", hint=why.JAVA) …   with these values alone
    displayed("association", on.SCOPES)                      read, shown, and without effect
    refused("dataStoreReference", on.SCOPES, why.DATA_STORE) named in a finding, with what to use instead

When something new works, flip its line: `refused(names, on, why)` becomes `runs(names, on)`, or `values=` and `hint=`
go. Where only one of several owners or names is meant, give it a line of its own. Then
`python -m tools.reference` writes bpmn/REFERENCE.md anew. The check at deploy, the page and their tests read
nothing but these lines.

`@` marks attributes. Names belong to the module's own vocabulary and owners to BPMN, unless a prefix says otherwise;
extension elements are listed on the element whose extensionElements hold them. An owner `endEvent/errorEventDefinition`
is that child there, and goes before the child anywhere; `*` is every BPMN element; `eventSubProcess`, a sub-process
that is triggered by an event, has only the lines in which it differs from `subProcess`. No pair of owner and name
stands twice.
"""
