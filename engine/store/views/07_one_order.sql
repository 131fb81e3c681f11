-- ---- one order -----------------------------------------------------------------------------------------------------

-- What is this order? Grain: one order; the door is left out, the buyer masked.
CREATE OR REPLACE VIEW boards.order_heads AS
SELECT
    o.order_id, o.platform, o.order_no, o.show_id,
    coalesce(s.title_zh, o.show_id) AS title_zh, coalesce(s.title_en, o.show_id) AS title_en,
    o.anchor, boards.masked(o.buyer) AS buyer, o.province, o.city, o.district, o.street,
    o.created_at, o.paid_at, o.promise_at, o.received_at, o.amount_cents, o.list_cents, o.units,
    o.outcome, o.reason, o.status, o.status_at, o.arrival, o.version
FROM orders AS o LEFT JOIN shows AS s USING (show_id);

-- What was bought? Grain: one physical line of an order.
CREATE OR REPLACE VIEW boards.order_goods AS
SELECT l.order_id, l.line_no, l.sold_sku, l.sold_qty, l.kit, l.sku, n.name_zh, n.name_en, l.qty, l.amount_cents
FROM order_lines AS l LEFT JOIN skus AS n USING (sku);

-- Where does it ship from, in which parcel, with whom? Grain: one order, parcel, SKU and lot. parcel_status left: the
-- order has moved on to another parcel.
CREATE OR REPLACE VIEW boards.order_picks AS
SELECT
    a.order_id, a.parcel_id, a.sku, g.name_zh, g.name_en, a.qty,
    a.node, n.name_zh AS node_zh, n.name_en AS node_en, a.lot,
    a.carrier, c.name_zh AS carrier_zh, c.name_en AS carrier_en,
    p.layer, p.kg, p.cost_cents, p.planned_at,
    CASE WHEN e.order_id IS NULL THEN p.status ELSE 'left' END AS parcel_status
FROM allocations AS a
LEFT JOIN ended_allocations AS e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id
LEFT JOIN parcels AS p ON p.parcel_id = a.parcel_id
LEFT JOIN skus AS g ON g.sku = a.sku
LEFT JOIN nodes AS n ON n.node = a.node
LEFT JOIN carriers AS c ON c.carrier = a.carrier;

-- What happened to it, in turn? Grain: one event of an order. actor, reason: null where nobody gave one.
CREATE OR REPLACE MACRO boards.order_story(wanted) AS TABLE
SELECT happened_at, kind, reason, actor, step FROM (
    SELECT created_at AS happened_at, 'created' AS kind, NULL AS reason, NULL AS actor, 1 AS step FROM orders WHERE order_id = wanted
    UNION ALL
    SELECT paid_at, 'paid', NULL, NULL, 2 FROM orders WHERE order_id = wanted
    UNION ALL
    SELECT received_at, 'received', NULL, NULL, 3 FROM orders WHERE order_id = wanted
    UNION ALL
    SELECT received_at, outcome, reason, NULL, 4 FROM orders WHERE order_id = wanted
    UNION ALL
    SELECT event_time, kind, reason, actor, 5 FROM order_events WHERE order_id = wanted
    UNION ALL
    SELECT event_time, 'delay_' || kind, reason, actor, 6 FROM delay_events WHERE order_id = wanted
    UNION ALL
    SELECT m.event_time, 'promise_moved', p.words, m.actor, 7
    FROM promise_moves AS m JOIN spoken_promises AS p ON m.offer_id = 'spoken:' || p.promise_id
    WHERE m.order_id = wanted
) AS told
ORDER BY happened_at, step;

-- Why this node? Grain: one order that was considered for shipping. node null: not served this time.
CREATE OR REPLACE VIEW boards.node_reasons AS
SELECT r.order_id, r.node, n.name_zh AS node_zh, n.name_en AS node_en, r.km, r.detail, r.decided_at
FROM allocation_reasons AS r LEFT JOIN nodes AS n USING (node);
