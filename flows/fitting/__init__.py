"""`opkoers fit`: a mixed model of a csv file, in lme4's words, so that others can hold us to it."""

from flows.fitting.command import Request, fit_file

__all__ = ["Request", "fit_file"]
