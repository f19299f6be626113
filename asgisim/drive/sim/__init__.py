"""drive/sim."""
