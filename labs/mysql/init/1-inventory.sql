-- The database that the connectors capture. debezium_heartbeat is what heartbeat.action.query writes to: a captured table, because only an
-- event that is captured refreshes the metrics. debezium_signal is what an incremental snapshot is asked for in.
CREATE DATABASE IF NOT EXISTS inventory;
USE inventory;
CREATE TABLE customers (
  id INT AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(100) NOT NULL,
  email VARCHAR(200) NOT NULL,
  changed TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
);
CREATE TABLE orders (
  id INT AUTO_INCREMENT PRIMARY KEY,
  customer_id INT NOT NULL,
  amount DECIMAL(10, 2) NOT NULL,
  note VARCHAR(1000) NOT NULL,
  placed TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE debezium_heartbeat (id INT PRIMARY KEY, beat TIMESTAMP NOT NULL);
CREATE TABLE debezium_signal (id VARCHAR(42) PRIMARY KEY, type VARCHAR(32) NOT NULL, data VARCHAR(2048) NULL);

INSERT INTO customers (name, email)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000)
SELECT CONCAT('Customer ', n), CONCAT('customer', n, '@example.com') FROM numbers;
INSERT INTO orders (customer_id, amount, note) SELECT id, id / 10, REPEAT('first ', 10) FROM customers;
