"""Real bugs of real packages as the measure of the fuzzer (docs/known-bugs.md)."""
