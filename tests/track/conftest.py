"""Lets the tests of this folder import their common world (`painted_world`)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
