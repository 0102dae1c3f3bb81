"""The endpoints: one file per subject; a new file is found by itself."""
