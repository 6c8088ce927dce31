"""Starling: an open implementation of FL Alliance. One node per participant; the chain is the only shared memory."""

__version__ = "0.1.0"
