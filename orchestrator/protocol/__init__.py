"""What are the rules? PURE: nouns, arithmetic, decisions, and what happened. Imports nothing but the standard library."""
