"""GUARDS: what must be true of each table, one suite per table, named as the table."""
