"""A plugin that tries to end the program while it is imported."""

import sys

sys.exit(7)
