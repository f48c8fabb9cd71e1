"""What people did: append-only events, the only thing that the pages write."""
