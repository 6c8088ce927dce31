"""What does a node say? Each event by name, and who listens."""
