"""The search for broken rules: sweep, corpus, shrinking, campaign. Standard library only."""
