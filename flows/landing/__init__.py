"""Export file -> landed records, one module per format, named as the format."""
