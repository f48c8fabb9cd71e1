"""`opkoers trace TABLE KEY`: a published row back through every station to file and line.

Read are the published snapshot and the archive, and nothing is written. The way back is what the
stations declare: each table that a station reads, and in it the rows that belong to the row that
is asked about (`way.py`). What a run drops on its way (a step, a view of the archive) is told by
its grain and reason.

A number of many patients is counted again, one thing at a time (`figures.py`, `units.py`,
`deliveries.py`, `checked.py`), with the steps it needs made in memory by their own stations
(`steps.py`): exactly those that were counted, the numbers held against the published ones, and
the lines of the files on which their answers stand (`lines.py`). What pages leave out stands
here in full, since who has the home has all of it; `withheld.py` says why pages leave it out.
"""

from flows.tracing.following import trace
from flows.tracing.traced import LINES_SHOWN, ROWS_SHOWN, Trace
from flows.tracing.words import as_json, in_words

__all__ = ["LINES_SHOWN", "ROWS_SHOWN", "Trace", "as_json", "in_words", "trace"]
