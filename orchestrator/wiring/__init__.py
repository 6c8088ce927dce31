"""How are the parts of a program opened? From settings to account, store, task and node."""
