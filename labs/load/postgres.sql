-- One transaction of the load: two rows created, one updated, one deleted.
INSERT INTO orders (customer_id, amount, note) SELECT 1 + floor(random() * 1000), random() * 100, repeat('load ', 10) FROM generate_series(1, 2);
UPDATE customers SET email = 'customer' || floor(random() * 1000000) || '@example.com', changed = now()
WHERE id = (SELECT 1 + floor(random() * 1000)::int);
DELETE FROM orders WHERE id = (SELECT min(id) FROM orders);
