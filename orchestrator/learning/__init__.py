"""What is learned and how it is put together: training tasks, artifacts, aggregates. Knows no round and no chain."""
