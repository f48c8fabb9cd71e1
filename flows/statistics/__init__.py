"""Pure numbers: no file, no database, no clock."""
