"""`python -m genred.service`: the daemon itself, as the units run it, without typer or rich."""

import sys

from genred.service.program import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
