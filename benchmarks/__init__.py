"""What the product costs, measured side by side in one run: against raw HTTP, Zoho's typed SDK and the bare MCP SDK."""
