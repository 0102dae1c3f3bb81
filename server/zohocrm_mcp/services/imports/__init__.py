"""Files into a module: read, checked row by row, sent by the hundred or through Bulk Write."""
