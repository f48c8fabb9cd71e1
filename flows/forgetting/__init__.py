"""`opkoers forget`: a patient out of everything that this home keeps.

`begun.py` says what a forgetting that has begun is about, `archived.py`, `events.py` and
`published.py` each empty one place, `finish.py` puts them in order, `command.py` is what a
person asks for.
"""
