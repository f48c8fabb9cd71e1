"""The weekly report as its readers get it: real snapshots in, real PDFs out."""
