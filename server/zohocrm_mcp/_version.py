"""The version, read by the build and by `zohocrm_mcp.__version__`."""

__version__ = "0.1.0"
