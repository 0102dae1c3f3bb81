"""What a model can call: one file per toolset. The folder is the registry."""
