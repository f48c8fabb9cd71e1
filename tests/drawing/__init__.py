"""Sentences in both languages, and the small line of a course."""
