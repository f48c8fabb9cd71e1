"""SHOWS: a Django project that reads published snapshots and writes only its journal."""
