-- Two roles for one landing schema: one reads everything but protected attributes, one nothing else.
--
-- Run it once as the owner of the schema, after the six tables (or views) of the contract are there:
--
--     psql --set ON_ERROR_STOP=1 --dbname risk --file docs/postgresql/roles.sql
--
-- It grants table by table and never "all tables", so that a table added later is readable by nobody.
-- Passwords are set apart from it (\password ind_risk_features), or not at all: with a client
-- certificate or Kerberos in pg_hba.conf the addresses hold none.
--
-- Where nationality is a column of your own table of permits, publish two views here instead of it:
--
--     CREATE VIEW landing.permits AS SELECT permit_id, sponsor_id, applied_on, … FROM source.permits;
--     CREATE VIEW landing.protected_attributes AS
--         SELECT permit_id, nationality, birth_year, gender FROM source.permits;
--
-- A view reads with the rights of its owner: neither role needs, nor gets, a right to `source`.

BEGIN;

CREATE ROLE ind_risk_features LOGIN NOINHERIT;
CREATE ROLE ind_risk_protected LOGIN NOINHERIT;

REVOKE ALL ON SCHEMA landing FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA landing FROM PUBLIC;
GRANT USAGE ON SCHEMA landing TO ind_risk_features, ind_risk_protected;

GRANT SELECT ON
    landing.sponsors, landing.permits, landing.inspections, landing.interventions, landing.signals
    TO ind_risk_features;

-- Without landing.permits a permit is of no known sponsor: this login alone says nothing of any.
GRANT SELECT ON landing.protected_attributes TO ind_risk_protected;

ALTER ROLE ind_risk_features SET default_transaction_read_only = on;
ALTER ROLE ind_risk_protected SET default_transaction_read_only = on;

COMMIT;
