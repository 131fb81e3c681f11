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

-- check lot_never_oversold: is what is reserved of a lot what allocated orders take and no carrier has, and never more than is free?
SELECT coalesce(b.node, a.node) || '/' || coalesce(b.sku, a.sku) || '/' || coalesce(b.lot, a.lot) AS example
FROM stock_balance b
FULL JOIN (SELECT a.node, a.sku, a.lot, sum(a.qty)::BIGINT AS taken
           FROM allocations a JOIN orders o ON o.order_id = a.order_id
           ANTI JOIN ended_allocations e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id
           ANTI JOIN departures d ON d.parcel_id = a.parcel_id
           WHERE o.status = 'allocated' GROUP BY a.node, a.sku, a.lot) a
  ON a.node = b.node AND a.sku = b.sku AND a.lot = b.lot
WHERE coalesce(b.reserved, 0) <> coalesce(a.taken, 0) OR coalesce(b.on_hand - b.reserved - b.quarantined, -1) < 0;

-- check what_left_is_off_the_books: has every parcel with a pick-up scan that stands left the books, and no other?
SELECT coalesce(w.parcel_id, d.parcel_id) AS example
FROM (SELECT DISTINCT w.parcel_id FROM waybills w
      ANTI JOIN parcel_tracks t
        ON t.waybill_no = w.waybill_no AND t.picked_up_at IS NULL AND t.stage IN ('labelled', 'cancelled')
      WHERE w.picked_up_at IS NOT NULL) w
FULL JOIN departures d ON d.parcel_id = w.parcel_id
WHERE w.parcel_id IS NULL OR d.parcel_id IS NULL;

-- check pick_stops_follow_from_facts: was every node told of goods that must stay, and does each stop stand where its last answer put it?
SELECT a.order_id || ' in ' || a.parcel_id || ' must stay and nobody was told' AS example
FROM (SELECT DISTINCT order_id, parcel_id FROM allocations) a
JOIN orders o ON o.order_id = a.order_id
LEFT JOIN ended_allocations e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id
ANTI JOIN pick_stops s ON s.order_id = a.order_id AND s.parcel_id = a.parcel_id
WHERE o.status IN ('cancelled', 'refunded') OR e.order_id IS NOT NULL
UNION ALL
SELECT s.order_id || ' in ' || s.parcel_id || ' is ' || s.state FROM pick_stops s
LEFT JOIN (SELECT order_id, parcel_id, arg_max(kind, version) AS kind FROM pick_stop_events GROUP BY order_id, parcel_id) e
  ON e.order_id = s.order_id AND e.parcel_id = s.parcel_id
WHERE s.state IS DISTINCT FROM e.kind;

-- check promises_have_stock: is there a unit on a shelf, or one on its way there, for every unit sold or still on offer, but for stated shortages?
SELECT p.sku || ': ' || p.promised || ' promised, ' || coalesce(s.free, 0) || ' on shelves' AS example
FROM (SELECT b.sku, sum(b.quantity - b.reserved)::BIGINT + coalesce(any_value(w.waiting), 0) AS promised
      FROM pool_balance b
      LEFT JOIN (SELECT l.sku, sum(l.qty)::BIGINT AS waiting
                 FROM order_lines l JOIN orders o ON o.order_id = l.order_id
                 WHERE o.status IN ('reserved', 'held') GROUP BY l.sku) w ON w.sku = b.sku
      GROUP BY b.sku) p
LEFT JOIN (SELECT sku, sum(units)::BIGINT AS free
           FROM (SELECT sku, on_hand - reserved - quarantined AS units FROM stock_balance
                 UNION ALL SELECT sku, units FROM expected_stock WHERE state = 'expected') GROUP BY sku) s
  ON s.sku = p.sku
LEFT JOIN (SELECT sku, sum(delta)::BIGINT AS short FROM shortage_movements GROUP BY sku) m ON m.sku = p.sku
WHERE p.promised > coalesce(s.free, 0) + coalesce(m.short, 0);

-- check allocated_whole: is every allocated order planned with exactly its lines, and no other order planned?
SELECT coalesce(l.order_id, a.order_id) || '/' || coalesce(l.sku, a.sku) AS example
FROM (SELECT l.order_id, l.sku, sum(l.qty)::BIGINT AS qty
      FROM order_lines l JOIN orders o ON o.order_id = l.order_id WHERE o.status = 'allocated'
      GROUP BY l.order_id, l.sku) l
FULL JOIN (SELECT a.order_id, a.sku, sum(a.qty)::BIGINT AS qty
           FROM allocations a JOIN orders o ON o.order_id = a.order_id
           ANTI JOIN ended_allocations e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id
           WHERE o.status NOT IN ('cancelled', 'refunded') GROUP BY a.order_id, a.sku) a
  ON a.order_id = l.order_id AND a.sku = l.sku
WHERE l.qty IS DISTINCT FROM a.qty;

-- check right_lot_node_carrier: does every parcel hold one layer that its node and carrier can keep, from lots of the right SKU?
SELECT a.order_id || '/' || a.sku || '/' || a.lot AS example
FROM allocations a
JOIN orders o ON o.order_id = a.order_id AND o.status = 'allocated'
ANTI JOIN ended_allocations e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id
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
ANTI JOIN ended_allocations e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id
JOIN lots t ON t.lot = a.lot
JOIN skus s ON s.sku = a.sku
JOIN parcels p ON p.parcel_id = a.parcel_id
WHERE t.expires_on IS NOT NULL AND s.shelf_life_days IS NOT NULL
  AND date_diff('day', (p.planned_at + INTERVAL 8 HOUR)::DATE, t.expires_on) <=
      CASE WHEN s.shelf_life_days >= 365 THEN 45 WHEN s.shelf_life_days >= 180 THEN 30
           WHEN s.shelf_life_days >= 90 THEN 20 WHEN s.shelf_life_days >= 30 THEN 10
           WHEN s.shelf_life_days >= 15 THEN 5 ELSE 4 END;

-- check steering_follows_from_facts: is every node, lot and carrier in the state that the last change put it into?
SELECT coalesce(s.what, f.what) || ' ' || coalesce(s.name, f.name) || ' is ' || coalesce(s.state, 'unknown') AS example
FROM (SELECT 'node' AS what, node AS name, state FROM node_states
      UNION ALL SELECT 'lot', lot, state FROM lot_states
      UNION ALL SELECT 'carrier', carrier || '/' || region, state FROM carrier_stops) s
FULL JOIN (SELECT what, name, arg_max(state, version) AS state
           FROM (SELECT version,
                        CASE WHEN node IS NOT NULL THEN 'node' WHEN lot IS NOT NULL THEN 'lot' ELSE 'carrier' END AS what,
                        coalesce(node, lot, carrier || '/' || region) AS name,
                        CASE kind WHEN 'node_closed' THEN 'closed' WHEN 'node_reopened' THEN 'open'
                                  WHEN 'lot_quarantined' THEN 'quarantined' WHEN 'lot_released' THEN 'released'
                                  WHEN 'carrier_stopped' THEN 'stopped' WHEN 'carrier_resumed' THEN 'resumed' END AS state
                 FROM steering_changes WHERE kind <> 'stock_counted')
           GROUP BY what, name) f
  ON f.what = s.what AND f.name = s.name
WHERE s.state IS DISTINCT FROM f.state;

-- check nothing_goes_behind_a_barrier: is all that is planned at a closed node, of a quarantined lot or with a stopped carrier listed as stuck?
-- What a carrier has picked up left the node before it closed; of what has arrived a carrier has nothing left to do.
WITH live AS (
    SELECT a.order_id, a.parcel_id, a.node, a.lot, a.carrier, o.adcode, w.picked_up_at
    FROM allocations a
    JOIN orders o ON o.order_id = a.order_id AND o.status = 'allocated'
    ANTI JOIN ended_allocations e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id
    LEFT JOIN (SELECT parcel_id, max(picked_up_at) AS picked_up_at FROM waybills GROUP BY parcel_id) w
      ON w.parcel_id = a.parcel_id
),
barred AS (
    SELECT l.order_id, l.parcel_id, 'node_closed' AS kind, n.node AS name
    FROM live l JOIN node_states n ON n.node = l.node AND n.state = 'closed' WHERE l.picked_up_at IS NULL
    UNION ALL
    SELECT l.order_id, l.parcel_id, 'lot_quarantined', q.lot
    FROM live l JOIN lot_states q ON q.lot = l.lot AND q.state = 'quarantined'
    UNION ALL
    SELECT l.order_id, l.parcel_id, 'carrier_stopped', c.carrier
    FROM live l JOIN carrier_stops c ON c.carrier = l.carrier AND c.state = 'stopped' AND starts_with(l.adcode, c.region)
    ANTI JOIN (SELECT parcel_id FROM parcel_tracks WHERE stage IN ('signed', 'returned')) t ON t.parcel_id = l.parcel_id
)
SELECT b.order_id || ' in ' || b.parcel_id || ': ' || b.kind || ' ' || b.name AS example
FROM barred b
ANTI JOIN stuck_orders s ON s.order_id = b.order_id AND s.parcel_id = b.parcel_id AND s.kind = b.kind;

-- check quarantined_lot_all_fenced: is no unit of a quarantined lot free?
SELECT b.node || '/' || b.lot || ': ' || b.on_hand - b.reserved - b.quarantined || ' free' AS example
FROM stock_balance b JOIN lot_states q ON q.lot = b.lot AND q.state = 'quarantined'
WHERE b.on_hand - b.reserved - b.quarantined <> 0;

-- check nobody_lost_on_the_way: did every order that left a parcel go into another, or onto the list of those that wait?
SELECT e.order_id || ' left ' || e.parcel_id AS example
FROM ended_allocations e
ANTI JOIN (SELECT order_id, version, from_parcel AS parcel_id FROM reallocations
           UNION ALL
           SELECT s.order_id, s.version, a.parcel_id FROM stuck_orders s JOIN allocations a ON a.order_id = s.order_id
           WHERE s.reason = 'back_to_waiting') t
  ON t.order_id = e.order_id AND t.version = e.version AND t.parcel_id = e.parcel_id
UNION ALL
SELECT r.order_id || ' went nowhere from ' || r.from_parcel
FROM reallocations r
ANTI JOIN allocations a ON a.order_id = r.order_id AND a.version = r.version;

-- check legal_window_kept: did no order leave a parcel after its pick-up scan, and none after the upload but by an edit?
SELECT e.order_id || ' left ' || e.parcel_id || ' after its scan' AS example
FROM ended_allocations e JOIN waybills w ON w.parcel_id = e.parcel_id AND w.version < e.version
WHERE w.picked_up_at IS NOT NULL
UNION ALL
SELECT DISTINCT r.order_id || ' left ' || r.from_parcel || ' without an edit at the platform'
FROM reallocations r JOIN waybills w ON w.parcel_id = r.from_parcel AND w.version < r.version
WHERE r.legal_window <> 'edit';

-- check one_waybill_one_parcel: has every parcel one waybill number, and every number one parcel?
SELECT parcel_id || ' has ' || count(DISTINCT waybill_no) || ' numbers' AS example
FROM waybills GROUP BY parcel_id HAVING count(DISTINCT waybill_no) > 1
UNION ALL
SELECT waybill_no || ' is on ' || count(DISTINCT parcel_id) || ' parcels'
FROM waybills GROUP BY waybill_no HAVING count(DISTINCT parcel_id) > 1;

-- check shortages_are_real: is no shortage below zero?
SELECT sku || ': ' || sum(delta) AS example FROM shortage_movements GROUP BY sku HAVING sum(delta) < 0;

-- check every_commit_audited: is there one audit row for every version, and a version for every order?
SELECT 'versions: ' || count(*) || ' rows, last ' || max(version) AS example
FROM audit HAVING count(*) > 0 AND count(*) <> max(version)
UNION ALL SELECT order_id FROM orders WHERE version NOT IN (SELECT version FROM audit WHERE verb = 'ingest_orders');

-- check certificate_holds: does every certificate add up, with its bound not above its cost, and every price a round?
SELECT 'round ' || version AS example FROM allocation_rounds
WHERE orders <> served + unserved OR lower_bound_cents > cost_cents OR gap < 0 OR version NOT IN (SELECT version FROM audit)
UNION ALL
SELECT 'price of ' || kind || ' ' || key FROM shadow_prices
WHERE yuan <= 0 OR version NOT IN (SELECT version FROM allocation_rounds);

-- check one_open_delay_offer: has every order at most one offer to wait that may still be answered or accepted?
SELECT order_id AS example FROM delay_offers
WHERE state IN ('proposed', 'approved', 'sent', 'accepted') GROUP BY order_id HAVING count(*) > 1
UNION ALL SELECT offer_id || ' is of no order' FROM delay_offers WHERE order_id NOT IN (SELECT order_id FROM orders);

-- check delay_state_follows_from_facts: is every offer's state its last event, and its hold on the order what that state asks?
SELECT d.offer_id || ' is ' || d.state || ', facts say ' || coalesce(e.kind, 'proposed') AS example
FROM delay_offers d
LEFT JOIN (SELECT offer_id, arg_max(kind, version) AS kind FROM delay_events GROUP BY offer_id) e
  ON e.offer_id = d.offer_id
WHERE d.state <> coalesce(e.kind, 'proposed')
   OR d.hold_until IS DISTINCT FROM CASE WHEN d.state IN ('approved', 'sent') THEN d.expires_at
                                         WHEN d.state = 'accepted' THEN d.ship_from END
UNION ALL SELECT offer_id || ' is an event without an offer' FROM delay_events
WHERE offer_id NOT IN (SELECT offer_id FROM delay_offers);

-- check promise_stays_in_reach: does every unanswered offer end in time for the old promise, and every accepted order return in time for the new one?
SELECT offer_id AS example FROM delay_offers
WHERE expires_at > decide_by OR decide_by >= promise_before
   OR promise_after - ship_from < promise_before - decide_by
   OR (state <> 'accepted' AND hold_until > decide_by);

-- check promise_follows_from_facts: is every moved promise the last of its moves, and every move an accepted offer's or an anchor's?
SELECT o.order_id || ' promises another time than its last move' AS example
FROM orders o
JOIN (SELECT order_id, arg_max(promise_after, version) AS promise_at FROM promise_moves GROUP BY order_id) m
  ON m.order_id = o.order_id
WHERE m.promise_at <> o.promise_at
UNION ALL
SELECT coalesce(d.offer_id, m.offer_id) || ' and its move differ'
FROM (SELECT * FROM delay_offers WHERE state = 'accepted') d
FULL JOIN (SELECT * FROM promise_moves WHERE offer_id NOT LIKE 'spoken:%') m ON m.offer_id = d.offer_id
WHERE d.order_id IS DISTINCT FROM m.order_id OR d.promise_before IS DISTINCT FROM m.promise_before
   OR d.promise_after IS DISTINCT FROM m.promise_after
   OR epoch(m.promise_after - m.promise_before) <> d.extra_hours * 3600;

-- check spoken_promises_bind: does no order under way promise more than was said on air for it, and moves none without such words?
SELECT o.order_id || ' promises more than ' || p.promise_id AS example
FROM (SELECT * FROM spoken_promises WHERE promise_id NOT IN (SELECT promise_id FROM spoken_withdrawals)) p
JOIN orders o ON o.show_id = p.show_id AND o.paid_at >= p.binds_from AND o.status IN ('reserved', 'held', 'allocated')
WHERE (p.moment > o.paid_at AND o.promise_at > p.moment
       OR p.hours IS NOT NULL AND epoch(o.promise_at) > epoch(o.paid_at) + p.hours * 3600 + 0.001)
  AND (p.sku IS NULL OR o.order_id IN (SELECT order_id FROM order_lines WHERE sold_sku = p.sku))
  AND o.order_id NOT IN (SELECT order_id FROM delay_offers WHERE state = 'accepted')
UNION ALL
SELECT m.order_id || ' was moved by ' || m.offer_id
FROM promise_moves m
LEFT JOIN spoken_promises p ON 'spoken:' || p.promise_id = m.offer_id
LEFT JOIN orders o ON o.order_id = m.order_id
WHERE m.offer_id LIKE 'spoken:%' AND (p.show_id IS DISTINCT FROM o.show_id OR o.paid_at < p.binds_from);

-- check one_alarm_a_cause: has every cause at most one alarm that is not over, in the state of its last event, along the allowed ways?
SELECT watch || '/' || carrier || '/' || place AS example
FROM clock_alarms WHERE state <> 'cleared' GROUP BY watch, carrier, place HAVING count(*) > 1
UNION ALL
SELECT a.alarm_id || ' is ' || a.state || ', facts say ' || coalesce(e.kind, 'nothing')
FROM clock_alarms a
LEFT JOIN (SELECT alarm_id, arg_max(kind, version) AS kind FROM clock_alarm_events GROUP BY alarm_id) e
  ON e.alarm_id = a.alarm_id
WHERE a.state IS DISTINCT FROM e.kind
UNION ALL
SELECT alarm_id || ' was ' || kind || ' after it was cleared'
FROM (SELECT alarm_id, kind, lag(kind) OVER (PARTITION BY alarm_id ORDER BY version) AS before FROM clock_alarm_events)
WHERE before = 'cleared' OR before = kind OR (before = 'escalated' AND kind = 'raised');

-- check waiting_is_paid: is exactly what was offered owed, to exactly those who accepted?
SELECT coalesce(d.offer_id, c.offer_id) AS example
FROM (SELECT * FROM delay_offers WHERE state = 'accepted') d
FULL JOIN delay_compensations c ON c.offer_id = d.offer_id
WHERE d.order_id IS DISTINCT FROM c.order_id OR d.compensation_cents IS DISTINCT FROM c.cents
   OR d.form IS DISTINCT FROM c.form;

-- check asked_orders_wait: was no order planned while its buyer was asked, or before its later time had come?
SELECT e.order_id || ' was planned while ' || d.offer_id || ' held it' AS example
FROM delay_offers d
JOIN (SELECT offer_id, min(ingest_time) AS asked_at FROM delay_events WHERE kind = 'approved' GROUP BY offer_id) a
  ON a.offer_id = d.offer_id
JOIN order_events e ON e.order_id = d.order_id AND e.kind = 'allocated'
WHERE e.ingest_time > a.asked_at
  AND e.ingest_time < CASE WHEN d.state = 'expired' THEN d.expires_at ELSE d.hold_until END;

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

-- check warnings_follow_from_facts: is every warning below a standard in the state that its last event put it into?
SELECT coalesce(w.kind || '/' || w.partner || '/' || w.tier || '/' || w.measure, e.name) || ' is ' || coalesce(w.state, 'unknown') AS example
FROM standard_warnings w
FULL JOIN (SELECT kind || '/' || partner || '/' || tier || '/' || measure AS name, arg_max(state, version) AS state
           FROM standard_events GROUP BY 1) e ON e.name = w.kind || '/' || w.partner || '/' || w.tier || '/' || w.measure
WHERE w.state IS DISTINCT FROM e.state;

-- check incidents_follow_from_facts: is every mass delay in the state of its last event, with the parcels that it counts, and nobody offered anything by one that is over?
SELECT m.incident_id || ' is ' || m.state || ' with ' || m.parcels || ' parcels' AS example
FROM mass_delays m
LEFT JOIN (SELECT incident_id, arg_max(state, version) AS state FROM mass_delay_events GROUP BY incident_id) e
  ON e.incident_id = m.incident_id
LEFT JOIN (SELECT incident_id, count(*) AS parcels FROM mass_delay_parcels GROUP BY incident_id) h
  ON h.incident_id = m.incident_id
WHERE m.state IS DISTINCT FROM e.state OR m.parcels <> coalesce(h.parcels, 0)
UNION ALL
SELECT o.order_id || ' may choose because of ' || o.incident_id
FROM buyer_options o LEFT JOIN mass_delays m ON m.incident_id = o.incident_id
WHERE o.state = 'open' AND m.state IS DISTINCT FROM 'open';

-- check complaint_incidents_follow_from_facts: is every incident of complaints in the state of its last event, and was none filled after it was over?
SELECT coalesce(i.incident_id, e.incident_id) || ' is ' || coalesce(i.state, 'unknown') AS example
FROM incidents i
FULL JOIN (SELECT incident_id, arg_max(state, version) AS state, max(version) AS version
           FROM incident_events GROUP BY incident_id) e ON e.incident_id = i.incident_id
WHERE i.state IS DISTINCT FROM e.state
UNION ALL
SELECT t.ticket_id || ' joined ' || t.incident_id || ', which was over'
FROM incident_tickets t
LEFT JOIN (SELECT incident_id, min(version) AS version FROM incident_events WHERE state = 'resolved'
           GROUP BY incident_id) o ON o.incident_id = t.incident_id
LEFT JOIN incidents i ON i.incident_id = t.incident_id
LEFT JOIN tickets k ON k.ticket_id = t.ticket_id
WHERE t.version > o.version OR i.incident_id IS NULL OR k.ticket_id IS NULL;

-- check links_lead_to_orders: does every tracking link lead to one order, and no order have two?
SELECT l.link_id || ' leads to ' || l.order_id AS example FROM track_links l ANTI JOIN orders o ON o.order_id = l.order_id
UNION ALL SELECT order_id FROM track_links GROUP BY order_id HAVING count(*) > 1;

-- check buyer_requests_follow_from_facts: is each buyer's request where its last event put it, and open once a wish?
SELECT r.request_id || ' is ' || r.state || ', its facts say ' || coalesce(e.kind, 'open') AS example
FROM buyer_requests r
LEFT JOIN (SELECT request_id, arg_max(kind, version) AS kind FROM buyer_request_events GROUP BY request_id) e
  ON e.request_id = r.request_id
WHERE r.state <> coalesce(e.kind, 'open')
UNION ALL
SELECT order_id || ' asks twice for ' || wish FROM buyer_requests WHERE state = 'open'
GROUP BY order_id, wish HAVING count(*) > 1;

-- check riders_where_last_seen: is every rider where its newest kept position says, and is no position known twice?
SELECT n.courier || ' is at ' || n.event_time || ', newest position ' || p.newest AS example
FROM courier_now n
JOIN (SELECT courier, max(event_time) AS newest, arg_max(lon, event_time) AS lon, arg_max(lat, event_time) AS lat
      FROM courier_positions GROUP BY courier) p ON p.courier = n.courier
WHERE n.event_time <> p.newest OR n.lon <> p.lon OR n.lat <> p.lat
UNION ALL
SELECT courier || ' twice at ' || event_time FROM courier_positions GROUP BY courier, event_time HAVING count(*) > 1
UNION ALL
SELECT courier || ' has positions and is nowhere' FROM (SELECT DISTINCT courier FROM courier_positions)
ANTI JOIN courier_now USING (courier);

-- check tasks_follow_from_facts: does every stop of a rider stand as its last change says, and is no parcel with two?
SELECT coalesce(t.task_id, c.task_id) || ' is ' || coalesce(t.state, 'gone') || ', facts say ' || coalesce(c.state, 'nothing')
       AS example
FROM courier_tasks t
FULL JOIN (SELECT task_id, arg_max(state, version) AS state, bool_or(state <> 'open') AS ended
           FROM courier_task_changes GROUP BY task_id) c ON c.task_id = t.task_id
WHERE t.task_id IS NULL OR c.task_id IS NULL OR (t.state = 'open') = c.ended
UNION ALL
SELECT parcel_id || ' is open in ' || count(*) || ' tasks' FROM courier_tasks
WHERE state = 'open' AND parcel_id IS NOT NULL GROUP BY parcel_id HAVING count(*) > 1;

-- check proposals_are_of_one_round: do the proposals to upload waybills add up to the newest round, and to none before?
SELECT 'version ' || q.version || ': ' || q.parcels || ' parcels proposed, the round weighed ' || coalesce(r.parcels, 0)
       AS example
FROM (SELECT version, sum(parcels)::BIGINT AS parcels FROM waybill_proposals
      GROUP BY version) q
LEFT JOIN (SELECT version, parcels FROM waybill_rounds ORDER BY version DESC LIMIT 1) r USING (version)
WHERE r.version IS NULL OR r.parcels <> q.parcels;

-- check probes_follow_from_readings: does every sensor know its newest reading, none twice, and every excursion its sensor?
SELECT coalesce(p.probe_id, r.probe_id) || ' knows ' || coalesce(p.newest_at::VARCHAR, 'nothing') || ', readings say '
       || coalesce(r.newest::VARCHAR, 'nothing') AS example
FROM cold_probes p
FULL JOIN (SELECT probe_id, max(event_time) AS newest FROM cold_readings GROUP BY probe_id) r ON r.probe_id = p.probe_id
WHERE p.newest_at IS DISTINCT FROM r.newest
UNION ALL
SELECT probe_id || ' twice at ' || event_time FROM cold_readings GROUP BY probe_id, event_time HAVING count(*) > 1
UNION ALL
SELECT excursion_id || ' of no sensor' FROM cold_excursions ANTI JOIN cold_probes USING (probe_id)
UNION ALL
SELECT probe_id || ' is ' || state || ' without an open excursion' FROM cold_probes
ANTI JOIN (SELECT probe_id FROM cold_excursions WHERE ended_at IS NULL) USING (probe_id)
WHERE state IN ('open', 'easing');

-- check weather_is_told_once: does every source tell each hour once an issue, and did the room hear of nothing before it was issued?
SELECT place || ' at ' || valid_at::VARCHAR || ' twice by ' || source AS example
FROM weather GROUP BY place, valid_at, issued_at, source HAVING count(*) > 1
UNION ALL
SELECT place || ' at ' || valid_at::VARCHAR || ' was heard before it was issued' FROM weather WHERE ingest_time < issued_at;

-- check forecasts_of_parcels: is every forecast of a parcel there is, every chance of a forecast, and at most one model champion?
SELECT f.parcel_id || ' has a forecast and is no parcel' AS example
FROM parcel_forecasts f LEFT JOIN parcels p USING (parcel_id)
WHERE p.parcel_id IS NULL
UNION ALL
SELECT c.parcel_id || ' has a chance of ' || c.clause || ' and no forecast' FROM clause_chances c
ANTI JOIN parcel_forecasts USING (parcel_id)
UNION ALL
SELECT count(*) || ' champions' FROM delay_models WHERE state = 'champion' HAVING count(*) > 1;

-- check tracks_follow_from_facts: is every waybill where its events, in the order of their own time, have brought it?
-- Events that were taken back do not count; a pick-up that only the warehouse reported counts like an event. What is
-- scanned on a way back is no milestone: these are compared where a parcel never turned back.
WITH uploads AS (
    SELECT waybill_no, any_value(parcel_id) AS parcel_id, min(picked_up_at) AS picked_up_at FROM waybills GROUP BY waybill_no
),
scans AS (
    SELECT e.waybill_no, e.scan, e.trouble, e.event_time, e.event_key, 1 AS told
    FROM tracking_events e ANTI JOIN tracking_retractions r ON r.event_key = e.event_key
    UNION ALL
    SELECT u.waybill_no, 'picked_up', NULL, u.picked_up_at, '', 0
    FROM uploads u
    ANTI JOIN tracking_events e
      ON e.waybill_no = u.waybill_no AND e.event_time = u.picked_up_at AND e.scan = 'picked_up'
    WHERE u.picked_up_at IS NOT NULL
),
turns AS (
    SELECT *, list_position(['ordered', 'labelled', 'picked_up', 'hub_in', 'hub_out', 'arrived_city', 'out_for_delivery',
                             'locker', 'exception', 'rejected', 'returning', 'signed', 'returned', 'cancelled',
                             'lost_suspect', 'note'], scan) AS turn,
           scan NOT IN ('ordered', 'labelled', 'exception', 'cancelled', 'lost_suspect', 'note') AS travels
    FROM scans
),
told AS (
    SELECT waybill_no, sum(told)::BIGINT AS events,
           list(scan ORDER BY event_time, turn, event_key) AS scans,
           last(trouble ORDER BY event_time, turn, event_key) FILTER (travels OR scan = 'exception') AS trouble,
           max(event_time) FILTER (travels OR (scan = 'exception' AND trouble NOT IN ('no_news', 'overdue'))) AS last_scan_at,
           bool_or(scan IN ('rejected', 'returning', 'returned')) AS turned,
           min(event_time) FILTER (scan = 'picked_up') AS picked_up_at,
           min(event_time) FILTER (scan IN ('hub_in', 'hub_out')) AS first_hub_at,
           min(event_time) FILTER (scan = 'arrived_city') AS arrived_at,
           min(event_time) FILTER (scan = 'out_for_delivery') AS out_at,
           min(event_time) FILTER (scan = 'signed') AS signed_at
    FROM turns GROUP BY waybill_no
),
brought AS (
    SELECT * EXCLUDE (scans), list_reduce(list_prepend('labelled', scans), lambda stage, scan:
        CASE WHEN scan IN ('ordered', 'labelled', 'exception', 'note') OR stage = 'returned' THEN stage
             WHEN stage = 'returning' THEN CASE WHEN scan IN ('signed', 'returned') THEN 'returned'
                                                WHEN scan = 'lost_suspect' THEN 'lost' ELSE stage END
             WHEN scan IN ('rejected', 'returning', 'returned') THEN scan
             WHEN stage = 'signed' OR scan = 'signed' THEN 'signed'
             WHEN scan = 'lost_suspect' THEN CASE WHEN stage IN ('labelled', 'cancelled') THEN stage ELSE 'lost' END
             WHEN scan = 'cancelled' THEN CASE WHEN stage = 'rejected' THEN stage ELSE 'cancelled' END
             WHEN scan IN ('out_for_delivery', 'locker') THEN scan
             WHEN stage = 'rejected' THEN CASE WHEN scan IN ('hub_in', 'hub_out') THEN 'returning' ELSE stage END
             WHEN scan = 'picked_up' THEN CASE WHEN stage IN ('labelled', 'cancelled', 'lost') THEN 'picked_up' ELSE stage END
             WHEN scan = 'arrived_city' OR stage = 'arrived' THEN 'arrived'
             WHEN stage IN ('out_for_delivery', 'locker') AND scan = 'hub_in' THEN 'arrived'
             ELSE 'in_transit' END) AS stage
    FROM told
),
facts AS (
    SELECT coalesce(u.waybill_no, e.waybill_no) AS waybill_no, u.parcel_id, coalesce(b.stage, 'labelled') AS stage,
           coalesce(b.events, 0) AS events, b.trouble, b.last_scan_at, coalesce(b.turned, false) AS turned,
           b.picked_up_at, b.first_hub_at, b.arrived_at, b.out_at, b.signed_at
    FROM uploads u
    FULL JOIN (SELECT DISTINCT waybill_no FROM tracking_events) e ON e.waybill_no = u.waybill_no
    LEFT JOIN brought b ON b.waybill_no = coalesce(u.waybill_no, e.waybill_no)
)
SELECT coalesce(t.waybill_no, f.waybill_no) || ' is ' || coalesce(t.stage, 'unknown') || ', facts say '
       || coalesce(f.stage, 'nothing') AS example
FROM parcel_tracks t
FULL JOIN facts f ON f.waybill_no = t.waybill_no
WHERE (t.parcel_id, t.stage, t.events, t.trouble, t.last_scan_at)
      IS DISTINCT FROM (f.parcel_id, f.stage, f.events, f.trouble, f.last_scan_at)
   OR t.waybill_no IS NULL OR f.waybill_no IS NULL
   OR (NOT f.turned AND (t.picked_up_at, t.first_hub_at, t.arrived_at, t.out_at, t.signed_at)
                        IS DISTINCT FROM (f.picked_up_at, f.first_hub_at, f.arrived_at, f.out_at, f.signed_at));

-- check retractions_are_of_events: was nothing taken back that nobody ever told?
SELECT r.event_key AS example
FROM tracking_retractions r ANTI JOIN tracking_events e ON e.event_key = r.event_key;

-- check carriers_scan_reaches_the_waybill: does the legal window know of every pick-up scan that stands?
SELECT t.parcel_id || ' was picked up, says ' || t.waybill_no AS example
FROM parcel_tracks t
ANTI JOIN waybills w ON w.waybill_no = t.waybill_no AND w.picked_up_at IS NOT NULL
WHERE t.parcel_id IS NOT NULL AND t.picked_up_at IS NOT NULL;

-- check switches_follow_from_facts: is every proposed switch in the state that its last event put it into, and at most one for a carrier and region?
SELECT coalesce(p.proposal_id, e.proposal_id) || ' is ' || coalesce(p.state, 'unknown') AS example
FROM switch_proposals p
FULL JOIN (SELECT proposal_id, arg_max(state, version) AS state FROM switch_events GROUP BY proposal_id) e
  ON e.proposal_id = p.proposal_id
WHERE p.state IS DISTINCT FROM coalesce(e.state, 'proposed')
UNION ALL
SELECT carrier || '/' || region FROM switch_proposals WHERE state = 'proposed'
GROUP BY carrier, region HAVING count(*) > 1;
-- check routes_whole: does every plan of routes hold the tours and stops that it counts, each parcel once and in time?
SELECT p.node || ' plan ' || p.version || ': ' || p.routes || ' tours and ' || p.stops || ' stops counted' AS example
FROM route_plans p
LEFT JOIN (SELECT version, count(*) AS routes, sum(stops) AS stops FROM rider_routes GROUP BY version) r ON r.version = p.version
LEFT JOIN (SELECT version, count(*) AS stops, count(DISTINCT parcel_id) AS parcels FROM route_stops GROUP BY version) s
  ON s.version = p.version
LEFT JOIN (SELECT version, count(*) AS missed FROM route_misses GROUP BY version) m ON m.version = p.version
WHERE p.routes <> coalesce(r.routes, 0) OR p.stops <> coalesce(r.stops, 0) OR p.stops <> coalesce(s.stops, 0)
   OR p.stops <> coalesce(s.parcels, 0) OR p.missed <> coalesce(m.missed, 0)
UNION ALL
SELECT s.parcel_id || ' is planned after its promise' FROM route_stops s JOIN route_plans p ON p.version = s.version
WHERE s.arrives_at > s.due_at AND s.due_at > p.starts_at;

-- check actions_follow_from_facts: is every action where its events lead, by moves of its table and never late, and was it
-- proposed once, executed at most once, and undone only after that?
WITH moves AS (
    SELECT action_id, state, lag(state) OVER (PARTITION BY action_id ORDER BY step) AS before, step, "at"
    FROM action_events
),
allowed AS (
    FROM (VALUES ('proposed', 'approved'), ('proposed', 'rejected'), ('proposed', 'expired'), ('approved', 'executed'),
                 ('approved', 'failed'), ('approved', 'expired'), ('failed', 'approved'), ('failed', 'rejected'),
                 ('failed', 'expired'), ('executed', 'undone')) AS t(before, state)
)
SELECT a.action_id || ' is ' || a.state || ', facts say ' || coalesce(e.state, 'nothing') AS example
FROM actions a
LEFT JOIN (SELECT action_id, arg_max(state, step) AS state FROM action_events GROUP BY action_id) e USING (action_id)
WHERE a.state IS DISTINCT FROM e.state
UNION ALL
SELECT action_id || ' became ' || m.state || ' after ' || coalesce(m.before, 'nothing')
FROM moves m LEFT JOIN allowed ON allowed.before = m.before AND allowed.state = m.state
WHERE CASE WHEN m.before IS NULL THEN m.state <> 'proposed' OR m.step <> 1 ELSE allowed.state IS NULL END
UNION ALL SELECT action_id || ' is an event without an action' FROM action_events ANTI JOIN actions USING (action_id)
UNION ALL SELECT action_id || ' was executed ' || count(*) || ' times' FROM action_events
WHERE state = 'executed' GROUP BY action_id HAVING count(*) > 1
UNION ALL SELECT m.action_id || ' was approved after it had run out' FROM moves m JOIN actions a USING (action_id)
WHERE m.state IN ('approved', 'executed') AND m."at" >= a.expires_at;

-- check one_action_a_cause: was no cause answered twice by the same kind about the same thing?
SELECT cause || ': ' || count(*) || ' x ' || kind || ' ' || subject AS example
FROM actions WHERE cause <> '' GROUP BY cause, kind, subject HAVING count(*) > 1;

-- check outcomes_of_executed_actions: was only judged what was executed, and not before its horizon?
SELECT o.action_id AS example FROM action_outcomes o
LEFT JOIN actions a ON a.action_id = o.action_id
WHERE a.action_id IS NULL OR a.judge_at IS NULL OR o.judged_at < a.judge_at;
-- check tickets_follow_from_reports: was every ticket received once, and does it say what the newest reports of it say?
WITH newest AS (
    SELECT ticket_id, count(*) AS reports,
           arg_max(claim, (told_at, digest)) AS claim,
           arg_max(asked_at, (told_at, digest)) AS asked_at,
           coalesce(arg_max(said, (told_at, digest)) FILTER (said IS NOT NULL), '') AS said,
           arg_max(reason, (told_at, digest)) FILTER (reason IS NOT NULL) AS reason,
           arg_max(refund_cents, (told_at, digest)) FILTER (refund_cents IS NOT NULL) AS refund_cents,
           arg_max(return_waybill_no, (told_at, digest)) FILTER (return_waybill_no IS NOT NULL) AS return_waybill_no,
           arg_max(returned_at, (told_at, digest)) FILTER (returned_at IS NOT NULL) AS returned_at,
           arg_max(refunded_at, (told_at, digest)) FILTER (refunded_at IS NOT NULL) AS refunded_at,
           arg_max(closed_at, (told_at, digest)) FILTER (closed_at IS NOT NULL) AS closed_at
    FROM ticket_reports GROUP BY ticket_id
)
SELECT coalesce(t.ticket_id, n.ticket_id) || ' differs from its reports' AS example
FROM tickets t FULL JOIN newest n ON n.ticket_id = t.ticket_id
WHERE (t.claim, t.said, t.reason, t.asked_at, t.refund_cents, t.return_waybill_no, t.returned_at, t.refunded_at,
       t.closed_at)
   IS DISTINCT FROM
      (n.claim, n.said, n.reason, n.asked_at, n.refund_cents, n.return_waybill_no, n.returned_at, n.refunded_at,
       n.closed_at)
UNION ALL
SELECT t.ticket_id || ' was received ' || coalesce(e.times, 0) || ' times'
FROM tickets t
LEFT JOIN (SELECT ticket_id, count(*) AS times FROM ticket_events WHERE kind = 'received' GROUP BY ticket_id) e
  ON e.ticket_id = t.ticket_id
WHERE coalesce(e.times, 0) <> 1
UNION ALL
SELECT ticket_id || ' has events and is no ticket' FROM ticket_events ANTI JOIN tickets USING (ticket_id);

-- check ticket_state_follows_from_facts: is the state of every ticket its last move, and is an answer owed while it is open?
SELECT t.ticket_id || ' is ' || t.state || ', its last move was ' || coalesce(e.kind, 'to be opened') AS example
FROM tickets t
LEFT JOIN (SELECT ticket_id, arg_max(kind, version) AS kind FROM ticket_events
           WHERE kind IN ('open', 'waiting', 'resolved') GROUP BY ticket_id) e ON e.ticket_id = t.ticket_id
WHERE t.state <> coalesce(e.kind, 'open')
UNION ALL
SELECT ticket_id || ' is ' || state || ' and its answer is owed at ' || coalesce(due_at::VARCHAR, 'no moment')
FROM tickets WHERE (state = 'waiting' AND due_at IS NOT NULL) OR (state = 'open' AND due_at IS NULL);

-- check ticket_label_follows_from_facts: is every ticket about what a person said last, else what the machine said last?
SELECT t.ticket_id || ' is about ' || coalesce(t.complaint, 'nothing sure') AS example
FROM tickets t
LEFT JOIN (SELECT ticket_id,
                  arg_max({'complaint': complaint, 'labelled_by': labelled_by},
                          (labelled_by = 'operator', version)) AS said
           FROM ticket_labels GROUP BY ticket_id) l ON l.ticket_id = t.ticket_id
WHERE t.complaint IS DISTINCT FROM l.said.complaint
   OR (t.complaint IS NOT NULL AND t.labelled_by IS DISTINCT FROM l.said.labelled_by)
UNION ALL
SELECT ticket_id || ' has a label and is no ticket' FROM ticket_labels ANTI JOIN tickets USING (ticket_id);

-- check ticket_goods_are_of_its_order: has every linked ticket goods of its own order and no other, and the room that order?
SELECT t.ticket_id || ' has order ' || t.order_id || ' and no goods' AS example
FROM tickets t ANTI JOIN ticket_goods g ON g.ticket_id = t.ticket_id WHERE t.order_id IS NOT NULL
UNION ALL
SELECT g.ticket_id || ' has goods of ' || g.order_id || ', its order is ' || coalesce(t.order_id, 'unknown')
FROM ticket_goods g LEFT JOIN tickets t ON t.ticket_id = g.ticket_id WHERE g.order_id IS DISTINCT FROM t.order_id
UNION ALL
SELECT t.ticket_id || ' has an order that is not here' FROM tickets t ANTI JOIN orders o ON o.order_id = t.order_id
WHERE t.order_id IS NOT NULL;

-- check incident_tickets_exist: is every ticket of an incident a ticket, and its incident an incident?
SELECT i.ticket_id || ' of incident ' || i.incident_id AS example
FROM incident_tickets i LEFT JOIN tickets t ON t.ticket_id = i.ticket_id
LEFT JOIN incidents n ON n.incident_id = i.incident_id
WHERE t.ticket_id IS NULL OR n.incident_id IS NULL;
-- check notices_follow_from_facts: is every notice in the state that its last event put it into, with as many attempts as were made?
-- Of two events of one commit, being written, losing a claim and a report that was corrected come before what followed.
SELECT coalesce(n.notice_id, e.notice_id) || ' is ' || coalesce(n.state, 'unknown') || ', facts say ' || coalesce(e.state, 'nothing')
       AS example
FROM notices n
FULL JOIN (
    SELECT notice_id, count(*) FILTER (state = 'sending') AS attempts,
           arg_max(state, 3 * version + CASE state WHEN 'queued' THEN 0 WHEN 'failed' THEN 1 WHEN 'undelivered' THEN 1 ELSE 2 END)
               AS state
    FROM notice_events GROUP BY notice_id
) e ON e.notice_id = n.notice_id
WHERE (n.state, n.attempts) IS DISTINCT FROM (e.state, e.attempts)
   OR (n.next_at IS NOT NULL) IS DISTINCT FROM (n.state IN ('queued', 'deferred', 'sending', 'failed'));

-- check notices_told_once: did no notice reach its channel twice, and no buyer's notice go out in company?
SELECT notice_id AS example FROM notice_events WHERE state = 'sent' GROUP BY notice_id HAVING count(*) > 1
UNION ALL
SELECT e.notice_id FROM notice_events e JOIN notices n ON n.notice_id = e.notice_id
WHERE n.audience = 'buyer' AND e.state = 'sent' AND e.sent_as <> e.notice_id;



-- check one_compensation_a_ticket: has every ticket, and every order of a cause, at most one compensation that stands?
SELECT ticket_id AS example FROM compensations
WHERE ticket_id IS NOT NULL AND state IN ('proposed', 'approved', 'sent', 'paid') GROUP BY ticket_id HAVING count(*) > 1
UNION ALL SELECT order_id || ' for ' || cause FROM compensations
WHERE cause IS NOT NULL GROUP BY order_id, cause HAVING count(*) > 1
UNION ALL SELECT compensation_id || ' is of no order' FROM compensations WHERE order_id NOT IN (SELECT order_id FROM orders);

-- check compensation_follows_from_facts: is every compensation's state its last event, and was nothing paid that nobody approved?
SELECT c.compensation_id || ' is ' || c.state || ', facts say ' || coalesce(e.kind, 'proposed') AS example
FROM compensations c
LEFT JOIN (SELECT compensation_id, arg_max(kind, version) AS kind, count(*) FILTER (kind = 'approved') AS yes
           FROM compensation_events GROUP BY compensation_id) e ON e.compensation_id = c.compensation_id
WHERE c.state <> coalesce(e.kind, 'proposed') OR (c.state IN ('sent', 'paid', 'failed') AND coalesce(e.yes, 0) <> 1)
UNION ALL SELECT compensation_id || ' is an event without a compensation' FROM compensation_events
WHERE compensation_id NOT IN (SELECT compensation_id FROM compensations);

-- check compensation_budgets_hold: is every budget the sum of its events, committed to what is approved, sent or paid, and never exceeded?
SELECT coalesce(b.budget_key, c.budget_key) || ': ' || coalesce(b.committed_cents, 0) || ' committed, '
       || coalesce(c.cents, 0) || ' of ' || coalesce(b.cents, 0) AS example
FROM compensation_budgets b
FULL JOIN (SELECT budget_key, sum(cost_cents)::BIGINT AS cents FROM compensations
           WHERE state IN ('approved', 'sent', 'paid') GROUP BY budget_key) c ON c.budget_key = b.budget_key
LEFT JOIN (SELECT budget_key, sum(delta_cents)::BIGINT AS cents FROM compensation_budget_events GROUP BY budget_key) e
  ON e.budget_key = b.budget_key
WHERE coalesce(b.committed_cents, 0) <> coalesce(c.cents, 0) OR coalesce(c.cents, 0) > coalesce(b.cents, 0)
   OR b.cents IS DISTINCT FROM e.cents;

-- check improvements_follow_from_facts: is every change's state its last event, and one of a kind in force on a route at most?
SELECT i.improvement_id || ' is ' || i.state || ', facts say ' || coalesce(e.kind, 'proposed') AS example
FROM improvements i
LEFT JOIN (SELECT improvement_id, arg_max(kind, version) AS kind FROM improvement_events GROUP BY improvement_id) e
  ON e.improvement_id = i.improvement_id
WHERE i.state <> coalesce(e.kind, 'proposed')
UNION ALL
SELECT kind || ' of ' || sku || ' with ' || carrier || ' to ' || area FROM improvements WHERE state = 'approved'
GROUP BY kind, sku, carrier, area HAVING count(*) > 1;

-- check ratings_follow_from_facts: is every rating its order's last, first given when its first event says?
SELECT coalesce(r.order_id, e.order_id) || ' is rated otherwise by its events' AS example
FROM ratings r
FULL JOIN (SELECT order_id, arg_max(stars, version) AS stars, arg_max(words, version) AS words, max("at") AS last_at,
                  min("at") AS first_at FROM rating_events GROUP BY order_id) e ON e.order_id = r.order_id
WHERE r.stars IS DISTINCT FROM e.stars OR r.words IS DISTINCT FROM e.words OR r.rated_at IS DISTINCT FROM e.last_at
   OR r.first_at IS DISTINCT FROM e.first_at
UNION ALL SELECT order_id || ' is no order' FROM ratings WHERE order_id NOT IN (SELECT order_id FROM orders);
-- check expected_follows_from_facts: is what is expected, and how a pool sells, what the facts say?
SELECT coalesce(x.expected_id, e.expected_id) || ': ' || coalesce(x.units, 0) || ' expected, facts say '
       || coalesce(e.units, 0) AS example
FROM expected_stock x
FULL JOIN (SELECT expected_id, sum(CASE state WHEN 'expected' THEN units ELSE -units END)::BIGINT AS units
           FROM expected_events GROUP BY expected_id) e ON e.expected_id = x.expected_id
WHERE x.units IS DISTINCT FROM e.units OR (x.state = 'expected') <> (x.units > 0)
UNION ALL
SELECT coalesce(p.show_id, c.show_id) || '/' || coalesce(p.sku, c.sku) || ' is ' || coalesce(p.state, 'open')
FROM pool_states p
FULL JOIN (SELECT show_id, sku, arg_max(state, version) AS state FROM pool_changes GROUP BY show_id, sku) c
  ON c.show_id = p.show_id AND c.sku = p.sku
WHERE p.state IS DISTINCT FROM c.state;

-- check paused_pools_sell_nothing: was nothing reserved out of a pool while it was paused?
SELECT o.order_id || ' of ' || c.show_id || '/' || c.sku AS example
FROM (SELECT show_id, sku, state, version, lead(version) OVER (PARTITION BY show_id, sku ORDER BY version) AS until
      FROM pool_changes) c
JOIN orders o ON o.show_id = c.show_id AND o.version > c.version AND o.version < coalesce(c.until, 9223372036854775807)
SEMI JOIN order_lines l ON l.order_id = o.order_id AND l.sku = c.sku
WHERE c.state = 'paused' AND o.outcome IN ('reserved', 'held');
-- check alerts_follow_from_facts: is every alert where its last event put it, none open twice for one cause, and none under one that is over?
SELECT a.alert_id || ' is ' || a.state AS example
FROM alerts a LEFT JOIN (SELECT alert_id, arg_max(kind, version) AS kind FROM alert_events GROUP BY alert_id) e
  ON e.alert_id = a.alert_id
WHERE a.state IS DISTINCT FROM e.kind
UNION ALL
SELECT condition || ' ' || cause FROM alerts WHERE state <> 'cleared' GROUP BY condition, cause HAVING count(*) > 1
UNION ALL
SELECT a.alert_id || ' stands under ' || a.under FROM alerts a ANTI JOIN alerts r ON r.alert_id = a.under AND r.state <> 'cleared'
WHERE a.under IS NOT NULL AND a.state <> 'cleared';

-- check reports_stay_as_they_were: is every kept report what it was when it was made, and are a show's reports numbered without a gap?
SELECT show_id || ' ' || report_no || ': its text is not the one that was kept' AS example
FROM reports WHERE sha256(content) <> digest
UNION ALL
SELECT show_id || ': ' || count(*) || ' reports, the last is ' || max(report_no)
FROM reports GROUP BY show_id HAVING count(*) <> max(report_no) OR min(report_no) <> 1
UNION ALL
SELECT show_id || ' ' || report_no || ' has no commit of its own' FROM reports
ANTI JOIN (SELECT version FROM audit WHERE verb = 'write_report') a USING (version);
