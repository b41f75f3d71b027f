"""`python -m ganbodypose.cli`"""

from ganbodypose.cli import main

if __name__ == "__main__":
    main()
