"""``python -m asgisim``."""

from asgisim.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
