"""``python -m asgisim``."""

from asgisim.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
