-- The users of the connector and of the exporter, with the passwords of the environment.
\getenv debezium_password DEBEZIUM_PASSWORD
\getenv exporter_password EXPORTER_PASSWORD
CREATE ROLE debezium LOGIN REPLICATION PASSWORD :'debezium_password';
GRANT SELECT ON ALL TABLES IN SCHEMA public TO debezium;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO debezium;
GRANT INSERT, UPDATE, DELETE ON debezium_heartbeat, debezium_signal TO debezium;
CREATE ROLE exporter LOGIN PASSWORD :'exporter_password' IN ROLE pg_monitor;
