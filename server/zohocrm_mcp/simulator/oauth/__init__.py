"""The accounts server: clients, codes, tokens, consent."""
