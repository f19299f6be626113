"""The grid: frameworks x servers x loops, each cell with the same contract cases."""
