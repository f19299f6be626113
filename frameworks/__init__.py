"""The contract of the test bed and one app per framework, imported as ``asgisim.frameworks``."""

if __name__ != "asgisim.frameworks":  # imported by folder: there would be two of every class
    raise ImportError("import asgisim.frameworks, not frameworks")
