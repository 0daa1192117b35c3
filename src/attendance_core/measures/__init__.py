"""Measures: definitions as data, two tallies, and figures that can list their sessions."""
