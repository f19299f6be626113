"""Middleware under test: inner apps made for it, run alone and behind it, and what differs."""
