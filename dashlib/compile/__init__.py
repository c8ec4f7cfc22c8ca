"""Declarations → documents: configuration, loading, rendering, conditions, coverage, encoding and the outputs."""
