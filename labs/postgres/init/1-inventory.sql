-- The database that the connector captures. debezium_heartbeat is what heartbeat.action.query writes to: a captured table, because only an
-- event that is captured refreshes the metrics. debezium_signal is what an incremental snapshot is asked for in.
CREATE TABLE customers (
  id serial PRIMARY KEY,
  name varchar(100) NOT NULL,
  email varchar(200) NOT NULL,
  changed timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE orders (
  id serial PRIMARY KEY,
  customer_id int NOT NULL,
  amount numeric(10, 2) NOT NULL,
  note varchar(1000) NOT NULL,
  placed timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE debezium_heartbeat (id int PRIMARY KEY, beat timestamptz NOT NULL);
CREATE TABLE debezium_signal (id varchar(42) PRIMARY KEY, type varchar(32) NOT NULL, data varchar(2048) NULL);

INSERT INTO customers (name, email) SELECT 'Customer ' || n, 'customer' || n || '@example.com' FROM generate_series(1, 1000) AS n;
INSERT INTO orders (customer_id, amount, note) SELECT id, id / 10.0, repeat('first ', 10) FROM customers;

CREATE PUBLICATION debezium FOR ALL TABLES;
