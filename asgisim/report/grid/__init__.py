"""A grid's outcome for people and for programs. Nothing is computed here: see `asgisim.grid.tally`."""
