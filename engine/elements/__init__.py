"""What runs: tokens and BPMN elements, on SpiffWorkflow's task tree."""
