-- What must be true at every commit, as questions whose answer is "no rows". Written from the promise (DESIGN
-- section 4), not from the code that keeps it: only facts and the tables that hold current state are read.
-- Each check starts with "-- check NAME: QUESTION" and selects one text column `example` per breach.

-- check every_row_ends_once: does every batch of rows add up?
SELECT batch_id || ': ' || read || ' read' AS example
FROM intake_batches WHERE read <> accepted + duplicate + unpaid + quarantined;

-- check no_row_lost: are the rows of stored orders exactly the rows that intake called accepted?
SELECT 'accepted ' || accepted || ', stored ' || stored AS example
FROM (SELECT (SELECT coalesce(sum(accepted), 0) FROM intake_batches) AS accepted,
             (SELECT coalesce(sum(rows), 0) FROM orders) AS stored)
WHERE accepted <> stored;

-- check no_order_twice: is every platform and order number there once, and every place in the queue taken once?
SELECT platform || ':' || order_no AS example FROM orders GROUP BY platform, order_no HAVING count(*) > 1
UNION ALL SELECT 'order_id ' || order_id FROM orders WHERE order_id <> platform || ':' || order_no
UNION ALL SELECT 'arrivals: ' || count(*) || ' orders, last place ' || max(arrival)
FROM orders HAVING count(*) > 0 AND (count(*) <> max(arrival) OR count(DISTINCT arrival) <> count(*));

-- check one_outcome: has every accepted order one outcome, with lines to its name and a reason where one is due?
SELECT order_id AS example FROM orders
WHERE outcome NOT IN ('reserved', 'held', 'sold_out', 'cancelled', 'refunded')
UNION ALL SELECT order_id FROM orders WHERE outcome IN ('held', 'sold_out') AND reason = '[]'
UNION ALL SELECT order_id || ' has no lines' FROM orders ANTI JOIN order_lines USING (order_id)
UNION ALL SELECT order_id || ' is a line without an order' FROM order_lines ANTI JOIN orders USING (order_id);

-- check status_follows_from_facts: is the present status of every order its outcome moved by its events?
SELECT o.order_id || ' is ' || o.status || ', facts say ' || coalesce(e.kind, o.outcome) AS example
FROM orders o
LEFT JOIN (SELECT order_id, arg_max(kind, version) AS kind FROM order_events
           WHERE kind NOT LIKE 'early_%' GROUP BY order_id) e ON e.order_id = o.order_id
WHERE o.status <> coalesce(e.kind, o.outcome);

-- check kits_whole: does every kit line carry the kit's components in the kit's proportion?
SELECT l.order_id || ' ' || l.kit || '/' || l.sku AS example
FROM order_lines l JOIN kit_lines k ON k.kit = l.kit AND k.sku = l.sku
WHERE l.qty <> l.sold_qty * k.qty
UNION ALL
SELECT order_id || ' ' || kit || ' has ' || parts || ' of ' || wanted || ' components'
FROM (SELECT l.order_id, l.kit, l.sold_qty, count(*) AS parts, any_value(k.n) AS wanted
      FROM order_lines l JOIN (SELECT kit, count(*) AS n FROM kit_lines GROUP BY kit) k ON k.kit = l.kit
      GROUP BY l.order_id, l.kit, l.sold_qty)
WHERE parts % wanted <> 0;

-- check pool_never_oversold: is every pool's reserved count what its orders hold, and never over its quantity?
SELECT coalesce(p.show_id, h.show_id) || '/' || coalesce(p.sku, h.sku) || ': ' || coalesce(p.reserved, 0)
       || ' counted, ' || coalesce(h.held, 0) || ' held by orders, pool of ' || coalesce(p.quantity, 0) AS example
FROM pool_balance p
FULL JOIN (SELECT o.show_id, l.sku, sum(l.qty)::BIGINT AS held
           FROM order_lines l JOIN orders o ON o.order_id = l.order_id
           WHERE o.status IN ('reserved', 'held', 'allocated') GROUP BY o.show_id, l.sku) h
  ON h.show_id = p.show_id AND h.sku = p.sku
WHERE coalesce(p.reserved, 0) <> coalesce(h.held, 0) OR coalesce(h.held, 0) > coalesce(p.quantity, 0);

-- check pool_follows_from_facts: is every pool's quantity the sum of what was put into it?
SELECT coalesce(p.show_id, m.show_id) || '/' || coalesce(p.sku, m.sku) AS example
FROM pool_balance p
FULL JOIN (SELECT show_id, sku, sum(delta)::BIGINT AS total FROM pool_movements GROUP BY show_id, sku) m
  ON m.show_id = p.show_id AND m.sku = p.sku
WHERE p.quantity IS DISTINCT FROM m.total;

-- check quota_never_exceeded: is every province's count its orders, and never over its quota?
SELECT q.show_id || '/' || q.province || ': ' || q.reserved || ' counted, ' || coalesce(h.held, 0) || ' orders' AS example
FROM quota_balance q
LEFT JOIN (SELECT show_id, province, count(*) AS held FROM orders
           WHERE status IN ('reserved', 'held', 'allocated') GROUP BY show_id, province) h
  ON h.show_id = q.show_id AND h.province = q.province
WHERE q.reserved <> coalesce(h.held, 0) OR coalesce(h.held, 0) > q.quantity;

-- check stock_follows_from_facts: is every lot's on hand and quarantine the sum of its movements?
SELECT coalesce(b.node, m.node) || '/' || coalesce(b.sku, m.sku) || '/' || coalesce(b.lot, m.lot) AS example
FROM stock_balance b
FULL JOIN (SELECT node, sku, lot, sum(on_hand_delta)::BIGINT AS on_hand, sum(quarantined_delta)::BIGINT AS quarantined
           FROM stock_movements GROUP BY node, sku, lot) m
  ON m.node = b.node AND m.sku = b.sku AND m.lot = b.lot
WHERE b.on_hand IS DISTINCT FROM m.on_hand OR b.quarantined IS DISTINCT FROM m.quarantined;

-- check lot_never_oversold: is what is reserved of a lot what allocated orders take, and never more than is free?
SELECT coalesce(b.node, a.node) || '/' || coalesce(b.sku, a.sku) || '/' || coalesce(b.lot, a.lot) AS example
FROM stock_balance b
FULL JOIN (SELECT a.node, a.sku, a.lot, sum(a.qty)::BIGINT AS taken
           FROM allocations a JOIN orders o ON o.order_id = a.order_id
           WHERE o.status = 'allocated' GROUP BY a.node, a.sku, a.lot) a
  ON a.node = b.node AND a.sku = b.sku AND a.lot = b.lot
WHERE coalesce(b.reserved, 0) <> coalesce(a.taken, 0) OR coalesce(b.on_hand - b.reserved - b.quarantined, -1) < 0;

-- check promises_have_stock: is there a unit on a shelf for every unit sold or still on offer?
SELECT p.sku || ': ' || p.promised || ' promised, ' || coalesce(s.free, 0) || ' on shelves' AS example
FROM (SELECT b.sku, sum(b.quantity - b.reserved)::BIGINT + coalesce(any_value(w.waiting), 0) AS promised
      FROM pool_balance b
      LEFT JOIN (SELECT l.sku, sum(l.qty)::BIGINT AS waiting
                 FROM order_lines l JOIN orders o ON o.order_id = l.order_id
                 WHERE o.status IN ('reserved', 'held') GROUP BY l.sku) w ON w.sku = b.sku
      GROUP BY b.sku) p
LEFT JOIN (SELECT sku, sum(on_hand - reserved - quarantined)::BIGINT AS free FROM stock_balance GROUP BY sku) s
  ON s.sku = p.sku
WHERE p.promised > coalesce(s.free, 0);

-- check allocated_whole: is every allocated order planned with exactly its lines, and no other order planned?
SELECT coalesce(l.order_id, a.order_id) || '/' || coalesce(l.sku, a.sku) AS example
FROM (SELECT l.order_id, l.sku, sum(l.qty)::BIGINT AS qty
      FROM order_lines l JOIN orders o ON o.order_id = l.order_id WHERE o.status = 'allocated'
      GROUP BY l.order_id, l.sku) l
FULL JOIN (SELECT a.order_id, a.sku, sum(a.qty)::BIGINT AS qty
           FROM allocations a JOIN orders o ON o.order_id = a.order_id
           WHERE o.status NOT IN ('cancelled', 'refunded') GROUP BY a.order_id, a.sku) a
  ON a.order_id = l.order_id AND a.sku = l.sku
WHERE l.qty IS DISTINCT FROM a.qty;

-- check right_lot_node_carrier: does every parcel hold one layer that its node and carrier can keep, from lots of the right SKU?
SELECT a.order_id || '/' || a.sku || '/' || a.lot AS example
FROM allocations a
JOIN orders o ON o.order_id = a.order_id AND o.status = 'allocated'
LEFT JOIN lots t ON t.lot = a.lot
LEFT JOIN skus s ON s.sku = a.sku
LEFT JOIN nodes n ON n.node = a.node
LEFT JOIN carriers c ON c.carrier = a.carrier
LEFT JOIN parcels p ON p.parcel_id = a.parcel_id
WHERE t.sku IS DISTINCT FROM a.sku OR p.layer IS DISTINCT FROM s.layer OR p.node IS DISTINCT FROM a.node
   OR p.carrier IS DISTINCT FROM a.carrier OR p.status IS DISTINCT FROM 'planned'
   OR NOT list_contains(string_split(n.layers, '|'), s.layer)
   OR NOT list_contains(string_split(c.layers, '|'), s.layer);

-- check near_expiry_never_shipped: had every allocated lot more days left at planning than the platform's threshold?
-- Threshold by shelf life: >= 365 d: 45, 180: 30, 90: 20, 30: 10, 15: 5, less: 4 (Douyin notice, effect 2026-06-02).
SELECT a.order_id || '/' || a.lot AS example
FROM allocations a
JOIN orders o ON o.order_id = a.order_id AND o.status = 'allocated'
JOIN lots t ON t.lot = a.lot
JOIN skus s ON s.sku = a.sku
JOIN parcels p ON p.parcel_id = a.parcel_id
WHERE t.expires_on IS NOT NULL AND s.shelf_life_days IS NOT NULL
  AND date_diff('day', (p.planned_at + INTERVAL 8 HOUR)::DATE, t.expires_on) <=
      CASE WHEN s.shelf_life_days >= 365 THEN 45 WHEN s.shelf_life_days >= 180 THEN 30
           WHEN s.shelf_life_days >= 90 THEN 20 WHEN s.shelf_life_days >= 30 THEN 10
           WHEN s.shelf_life_days >= 15 THEN 5 ELSE 4 END;

-- check every_commit_audited: is there one audit row for every version, and a version for every order?
SELECT 'versions: ' || count(*) || ' rows, last ' || max(version) AS example
FROM audit HAVING count(*) > 0 AND count(*) <> max(version)
UNION ALL SELECT order_id FROM orders WHERE version NOT IN (SELECT version FROM audit WHERE verb = 'ingest_orders');

-- check waves_whole: does every wave hold the parcels that it counts, in slots 1 to n, all of its node, carrier and layer?
SELECT w.wave_id || ': ' || w.parcels || ' counted, ' || coalesce(i.parcels, 0) || ' in it' AS example
FROM waves w
LEFT JOIN (SELECT i.wave_id, count(*) AS parcels, count(DISTINCT i.slot) AS slots, max(i.slot) AS last_slot,
                  min(i.slot) AS first_slot, min(p.node) AS node, max(p.node) AS other_node,
                  min(p.carrier) AS carrier, max(p.carrier) AS other_carrier,
                  min(p.layer) AS layer, max(p.layer) AS other_layer
           FROM wave_parcels i JOIN parcels p ON p.parcel_id = i.parcel_id GROUP BY i.wave_id) i
  ON i.wave_id = w.wave_id
WHERE w.parcels IS DISTINCT FROM i.parcels OR i.slots <> i.parcels OR i.first_slot <> 1 OR i.last_slot <> i.parcels
   OR i.node <> w.node OR i.other_node <> w.node OR i.carrier <> w.carrier OR i.other_carrier <> w.carrier
   OR i.layer <> w.layer OR i.other_layer <> w.layer;

-- check parcel_in_one_wave: is every parcel on the floor in one wave, a released one?
SELECT i.parcel_id AS example FROM wave_parcels i ANTI JOIN waves w ON w.wave_id = i.wave_id
UNION ALL SELECT parcel_id FROM wave_parcels GROUP BY parcel_id HAVING count(*) > 1;
