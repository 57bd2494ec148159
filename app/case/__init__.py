"""What every process shares: the case's number, register, state, deadline, attachments, comments and privacy."""
