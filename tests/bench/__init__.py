"""Performance as ratios in one run, with memory; never a timed test."""
