"""Findings and verdicts for people and for programs. Reports compute nothing: they are handed a Run."""
