"""PURE: the protocol's nouns, arithmetic and decisions. Imports nothing but the standard library."""
