"""The contract cases of the grid, by category."""
