-- ---- steering: nodes, carriers, and the orders they concern --------------------------------------------------------

-- What stands planned now: allocations of allocated orders that were not ended. Grain: one order, parcel, SKU and lot.
CREATE OR REPLACE VIEW boards.standing_picks AS
SELECT a.order_id, a.parcel_id, a.sku, a.qty, a.node, a.lot, a.carrier, o.adcode
FROM allocations AS a
JOIN orders AS o ON o.order_id = a.order_id AND o.status = 'allocated'
ANTI JOIN ended_allocations AS e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id;

-- How far is each parcel's waybill? Grain: one parcel that has one.
CREATE OR REPLACE VIEW boards.waybill_states AS
SELECT
    parcel_id, min(waybill_no) AS waybill_no, min(uploaded_at) AS uploaded_at, max(picked_up_at) AS picked_up_at
FROM waybills GROUP BY parcel_id;

-- Which parcels could still be changed? Grain: one planned parcel. open: no waybill; labelled: waybill, no scan yet.
CREATE OR REPLACE VIEW boards.parcel_windows AS
SELECT
    p.parcel_id, p.node, p.carrier, p.planned_at,
    CASE WHEN w.picked_up_at IS NOT NULL THEN 'gone' WHEN w.uploaded_at IS NOT NULL THEN 'labelled' ELSE 'open' END AS stage
FROM parcels AS p LEFT JOIN boards.waybill_states AS w USING (parcel_id)
WHERE p.status = 'planned';

-- What does each node do, and may it? Grain: one node. load: parcels planned in the 24 hours before `as_of` over what
-- the node can send in 24 hours. since, reason: of a closed node, else null.
CREATE OR REPLACE MACRO boards.steered_nodes(as_of) AS TABLE
SELECT
    n.node, n.name_zh, n.name_en, n.kind, n.province, n.city,
    coalesce(s.state, 'open') AS state,
    CASE WHEN s.state = 'closed' THEN s.since END AS since,
    CASE WHEN s.state = 'closed' THEN s.reason END AS reason,
    coalesce(p.recent, 0) / (24.0 * n.throughput_per_hour) AS load,
    coalesce(p.open, 0) AS open_parcels,
    coalesce(p.labelled, 0) AS labelled_parcels,
    coalesce(p.gone, 0) AS gone_parcels
FROM nodes AS n
LEFT JOIN node_states AS s USING (node)
LEFT JOIN (
    SELECT node, count(*) FILTER (planned_at > as_of - INTERVAL 24 HOUR) AS recent,
           count(*) FILTER (stage = 'open') AS open, count(*) FILTER (stage = 'labelled') AS labelled,
           count(*) FILTER (stage = 'gone') AS gone
    FROM boards.parcel_windows GROUP BY node
) AS p USING (node);

-- What does each carrier carry, and where is it stopped? Grain: one carrier. load: parcels planned since the Beijing
-- midnight before `as_of` over its capacity of a day. stops: prefixes of regions, '' being the whole country.
CREATE OR REPLACE MACRO boards.steered_carriers(as_of) AS TABLE
SELECT
    c.carrier, c.name_zh, c.name_en, c.kind,
    coalesce(s.stops, []) AS stops, s.since, s.reason,
    coalesce(p.recent, 0) / c.capacity_per_day AS load,
    coalesce(p.open, 0) AS open_parcels,
    coalesce(p.labelled, 0) AS labelled_parcels,
    coalesce(p.gone, 0) AS gone_parcels
FROM carriers AS c
LEFT JOIN (
    SELECT carrier, list(region ORDER BY region) AS stops, max(since) AS since, arg_max(reason, since) AS reason
    FROM carrier_stops WHERE state = 'stopped' GROUP BY carrier
) AS s USING (carrier)
LEFT JOIN (
    SELECT carrier, count(*) FILTER (planned_at >= boards.beijing_midnight(as_of)) AS recent,
           count(*) FILTER (stage = 'open') AS open, count(*) FILTER (stage = 'labelled') AS labelled,
           count(*) FILTER (stage = 'gone') AS gone
    FROM boards.parcel_windows GROUP BY carrier
) AS p USING (carrier);

-- Which lots are quarantined? Grain: one lot under quarantine, the newest first.
CREATE OR REPLACE VIEW boards.quarantined_lots AS
SELECT q.lot, l.sku, s.name_zh, s.name_en, b.units, q.since, q.reason, q.actor
FROM lot_states AS q
JOIN lots AS l USING (lot)
JOIN skus AS s USING (sku)
LEFT JOIN (SELECT lot, sum(quarantined)::BIGINT AS units FROM stock_balance GROUP BY lot) AS b USING (lot)
WHERE q.state = 'quarantined'
ORDER BY q.since DESC, q.lot;

-- Which orders had to move and could not, and still cannot? Grain: one order, parcel and cause, the earliest promise
-- first. In its parcel: while it stands there and the cause stands; a node's cause ends with the pick-up, a carrier's with
-- the arrival. Back to waiting: until it is planned again.
CREATE OR REPLACE VIEW boards.stuck_now AS
SELECT
    o.order_id, o.order_no, o.platform, o.province, o.city, o.promise_at, o.amount_cents, s.parcel_id, s.kind, s.subject,
    s.reason, s.detail, s."at"
FROM stuck_orders AS s
JOIN orders AS o USING (order_id)
WHERE (
    s.parcel_id IS NULL AND o.status IN ('reserved', 'held')
    AND s.version = (SELECT max(later.version) FROM stuck_orders AS later WHERE later.order_id = s.order_id)
) OR (
    o.status = 'allocated'
    AND (s.order_id, s.parcel_id) NOT IN (SELECT (order_id, parcel_id) FROM ended_allocations)
    AND ((s.parcel_id NOT IN (SELECT parcel_id FROM waybills WHERE picked_up_at IS NOT NULL)
          AND (s.kind = 'stock_counted' OR s.subject IN (SELECT node FROM node_states WHERE state = 'closed')))
         OR s.subject IN (SELECT lot FROM lot_states WHERE state = 'quarantined')
         OR (s.subject IN (SELECT carrier || '/' || CASE region WHEN '' THEN '*' ELSE region END
                           FROM carrier_stops WHERE state = 'stopped')
             AND s.parcel_id NOT IN (SELECT parcel_id FROM parcel_tracks
                                     WHERE parcel_id IS NOT NULL AND stage IN ('signed', 'returned'))))
)
ORDER BY o.promise_at, o.arrival, s.parcel_id;

-- Which waybills must still be changed at the platform, because their order left the parcel after the upload?
-- Grain: one order and parcel it left, the oldest first. Done when the order has a new waybill, or has ended.
-- picked_up_at: the old parcel was handed over all the same: the buyer may get the goods twice.
CREATE OR REPLACE VIEW boards.platform_edits AS
SELECT e.order_id, o.order_no, o.platform, e.parcel_id, w.waybill_no, w.uploaded_at, w.picked_up_at, o.status, e."at"
FROM ended_allocations AS e
JOIN boards.waybill_states AS w USING (parcel_id)
JOIN orders AS o ON o.order_id = e.order_id AND o.status IN ('reserved', 'held', 'allocated')
WHERE e.order_id NOT IN (
    SELECT p.order_id FROM boards.standing_picks AS p JOIN boards.waybill_states AS n USING (parcel_id)
    WHERE n.uploaded_at > w.uploaded_at
) OR w.picked_up_at IS NOT NULL
ORDER BY e."at", e.order_id;

-- What is sold and lies on no shelf? Grain: one SKU that is short.
CREATE OR REPLACE VIEW boards.shortages AS
SELECT m.sku, s.name_zh, s.name_en, m.units
FROM (SELECT sku, sum(delta)::BIGINT AS units FROM shortage_movements GROUP BY sku) AS m
JOIN skus AS s USING (sku)
WHERE m.units > 0
ORDER BY m.units DESC, m.sku;

-- What was moved lately? Grain: one steering change with what it did, newest first.
CREATE OR REPLACE VIEW boards.steering_log AS
SELECT
    c."at", c.actor, c.kind, coalesce(c.node, c.lot, c.carrier) AS subject, c.region, c.reason,
    coalesce(r.orders, 0) AS orders_moved, coalesce(r.extra, 0) AS extra_cents, coalesce(k.orders, 0) AS stuck
FROM steering_changes AS c
LEFT JOIN (
    SELECT version, count(DISTINCT order_id) AS orders, sum(after_cents - before_cents)::BIGINT AS extra
    FROM reallocations GROUP BY version
) AS r USING (version)
LEFT JOIN (SELECT version, count(DISTINCT order_id) AS orders FROM stuck_orders GROUP BY version) AS k USING (version)
ORDER BY c.version DESC;

-- Which divisions can a carrier be stopped in? Grain: one province or city. prefix: what its division codes begin with.
CREATE OR REPLACE VIEW boards.divisions AS
SELECT DISTINCT left(adcode, CASE level WHEN 'province' THEN 2 ELSE 4 END) AS prefix, province, city
FROM regions WHERE level IN ('province', 'city')
ORDER BY prefix;
