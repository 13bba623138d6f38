"""The MCP endpoint: tools for language models of other programs. Needs the extra `mcp`."""
