"""How do things look in a terminal? Documents, errors, progress, and the live screen of a task."""
