"""The data between the rooms: what our side will do, what happened, both as JSON and text; seed files."""
