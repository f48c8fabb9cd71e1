"""Data from which a model cannot be fitted."""


class ModelDataError(ValueError):
    """A mistake in data or model that a person can mend: what it is, what to do next.

    Holds names of columns and grouping factors and row numbers (from 1), never
    a value. Neither part ends in a full stop.
    """

    def __init__(self, what: str, next_step: str) -> None:
        self.what = what
        self.next_step = next_step
        super().__init__(f"{what}. {next_step}.")
