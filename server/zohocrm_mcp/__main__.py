"""``python -m zohocrm_mcp`` is ``zohocrm-mcp``."""

from zohocrm_mcp.cli.main import main

main()
