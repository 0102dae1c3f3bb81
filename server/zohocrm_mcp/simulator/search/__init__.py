"""Search: criteria, words, e-mails and phones, over an index that may lag."""
