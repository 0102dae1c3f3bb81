"""Who may use the server over HTTP: bearer tokens, roles, and the connection that each caller works over."""
