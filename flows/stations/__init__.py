"""The numbered steps that are Python: inputs made into tables, and state that unfolds over time."""
