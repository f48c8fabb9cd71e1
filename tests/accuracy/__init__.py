"""How right the signals are, printed by one command."""
