"""Servers under test: what is played on them, how it is judged, and the campaign."""
