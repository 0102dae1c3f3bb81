"""Search by condition: bound to fields, planned for one of Zoho's interfaces, answered in pages."""
