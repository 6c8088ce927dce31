"""What must all compute to the byte? Artifacts, aggregates, the definition, the rule of the vote. Knows no round, no chain."""
