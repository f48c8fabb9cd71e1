"""One run: what it is about, its layers and checks, its steps, and their order."""
