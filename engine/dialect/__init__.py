"""BPMN as vendors write it, checked and turned into one form: specs of our own element classes."""
