"""Work on a module as a whole: reading it to the end, loading a file into it, keeping a mirror of it."""
