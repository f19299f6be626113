"""``asgisim probe URL``: a curated set of exchanges with a hosted copy of the puppet or the contract app."""
