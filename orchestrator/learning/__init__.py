"""What is learned and how it is put together: recipes, artifacts, aggregates. Knows no round and no chain."""
