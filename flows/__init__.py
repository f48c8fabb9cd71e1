"""MAKES: what runs, in order."""
