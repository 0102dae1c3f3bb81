DROP TABLE zoho_organisations;
