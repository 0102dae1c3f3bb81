DROP TABLE spent_confirmations;
