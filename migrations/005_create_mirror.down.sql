DROP VIEW mirror_records;
DROP TABLE mirror_modules;
DROP TABLE mirror;
