"""Finished reports to those who asked for them: by mail, and as files in a folder."""
