"""What can be asked of `opkoers`, one module for each group of commands.

Each gives its commands their words on the command line in `add_to`; flows/cli.py names the groups.
Heavy parts are imported by the command that needs them.
"""

import argparse
from collections.abc import Callable

Command = Callable[[argparse.Namespace], int]
Add = Callable[[str, Command, str], argparse.ArgumentParser]
"""A name, what is done, and one line about it -> the parser of that command."""
