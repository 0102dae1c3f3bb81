"""The face for scripts: the same services as the tools have, without ``await``."""
