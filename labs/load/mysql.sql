-- One transaction of the load: two rows created, one updated, one deleted.
SET @customer = 1 + FLOOR(RAND() * 1000);
START TRANSACTION;
INSERT INTO orders (customer_id, amount, note) VALUES (@customer, RAND() * 100, REPEAT('load ', 10)), (@customer, RAND() * 100, REPEAT('load ', 10));
UPDATE customers SET email = CONCAT('customer', FLOOR(RAND() * 1000000), '@example.com') WHERE id = @customer;
DELETE FROM orders ORDER BY id LIMIT 1;
COMMIT;
