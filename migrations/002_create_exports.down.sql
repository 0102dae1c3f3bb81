DROP TABLE export_pages;
DROP TABLE exports;
