"""The synthetic service: its bytes, its errors, its truth."""
