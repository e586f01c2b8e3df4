"""`python -m liveattr.cli`."""

from liveattr.cli import main

if __name__ == "__main__":
    main()
