DROP TABLE http_tokens;
