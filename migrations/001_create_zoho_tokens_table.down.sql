DROP TABLE zoho_tokens;
