"""How clients reach the server: stdio, Streamable HTTP, SSE."""
