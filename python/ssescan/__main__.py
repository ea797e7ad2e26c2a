"""`python -m ssescan`: the same as the `ssescan` command."""

import sys

from ssescan.cli import main

if __name__ == "__main__":
    sys.exit(main())
