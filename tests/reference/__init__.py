"""Every file of the reference data, landed with a guessed source or refused by what it is."""
