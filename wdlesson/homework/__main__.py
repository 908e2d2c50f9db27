"""`python -m wdlesson.homework` is `wdlesson-homework`."""

import sys

from wdlesson.homework.cli import main

if __name__ == "__main__":
    sys.exit(main())
