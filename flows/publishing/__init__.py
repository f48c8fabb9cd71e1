"""What leaves the house: the weekly report of each clinic, as PDF and as a list."""
