-- ---- routes of a store's own people --------------------------------------------------------------------------------

-- What do the riders of a node still have to bring? Grain: one planned parcel of a carrier of riders or clerks that
-- nobody has taken along. due_at: earliest promise of its orders; lon, lat: as the courier's task says, else the seat of
-- the destination's division; null where neither is known.
CREATE OR REPLACE MACRO boards.rider_stops(wanted) AS TABLE
WITH waiting AS (
    SELECT p.parcel_id, p.node, p.carrier, c.kind, c.hours, p.kg
    FROM parcels AS p
    JOIN carriers AS c ON c.carrier = p.carrier AND c.kind IN ('own_rider', 'store_clerk', 'crowd_rider')
    ANTI JOIN (SELECT parcel_id FROM waybills WHERE picked_up_at IS NOT NULL) AS gone ON gone.parcel_id = p.parcel_id
    WHERE p.status = 'planned' AND (wanted IS NULL OR p.node = wanted)
),
goods AS (
    SELECT DISTINCT a.parcel_id, a.order_id FROM boards.standing_picks AS a SEMI JOIN waiting USING (parcel_id)
)
SELECT
    w.parcel_id, any_value(w.node) AS node, any_value(w.carrier) AS carrier, any_value(w.kind) AS kind,
    any_value(w.hours) AS hours, any_value(w.kg) AS kg, min(o.promise_at) AS due_at,
    any_value(coalesce(t.lon, d.lon, c.lon)) AS lon, any_value(coalesce(t.lat, d.lat, c.lat)) AS lat
FROM waiting AS w
JOIN goods AS g USING (parcel_id)
JOIN orders AS o USING (order_id)
LEFT JOIN courier_tasks AS t ON t.parcel_id = w.parcel_id AND t.state = 'open'
LEFT JOIN regions AS d ON d.adcode = o.adcode
LEFT JOIN regions AS c ON c.adcode = left(o.adcode, 4) || '00'
GROUP BY w.parcel_id
ORDER BY 3, 1;

-- Which plan of routes counts? Grain: one node that was ever planned.
CREATE OR REPLACE VIEW boards.route_plans_now AS
SELECT p.version, p.node, n.name_zh, n.name_en, p.planned_at, p.starts_at, p.planned_by, p.routes, p.stops, p.missed,
       n.lon, n.lat
FROM route_plans AS p JOIN nodes AS n USING (node)
WHERE p.version = (SELECT max(q.version) FROM route_plans AS q WHERE q.node = p.node);

-- Which tours does it have? Grain: one route of the node's newest plan.
CREATE OR REPLACE MACRO boards.routes_now(wanted) AS TABLE
SELECT r.route_id, r.carrier, c.name_zh AS carrier_zh, c.name_en AS carrier_en, r.rider, r.leaves_at, r.back_at, r.metres,
       r.kg, r.stops
FROM rider_routes AS r LEFT JOIN carriers AS c USING (carrier)
WHERE r.node = wanted AND r.version = (SELECT max(version) FROM route_plans WHERE node = wanted)
ORDER BY r.leaves_at, r.carrier, r.rider, r.route_id;

-- Where do they stop? Grain: one stop of the node's newest plan, in order. place: division of the destination.
CREATE OR REPLACE MACRO boards.route_stops_now(wanted) AS TABLE
SELECT s.route_id, s.seq, s.parcel_id, s.lon, s.lat, s.arrives_at, s.due_at, s.metres, s.kg,
       string_agg(DISTINCT concat_ws(' ', o.city, o.district, o.street), '; ') AS place,
       string_agg(DISTINCT o.order_no, ' ') AS order_nos
FROM route_stops AS s
JOIN rider_routes AS r ON r.route_id = s.route_id AND r.node = wanted
LEFT JOIN (SELECT DISTINCT parcel_id, order_id FROM boards.standing_picks) AS a ON a.parcel_id = s.parcel_id
LEFT JOIN orders AS o ON o.order_id = a.order_id
WHERE s.version = (SELECT max(version) FROM route_plans WHERE node = wanted)
GROUP BY ALL
ORDER BY s.route_id, s.seq;

-- What does no tour take, and why? Grain: one parcel of the node's newest plan.
CREATE OR REPLACE MACRO boards.route_misses_now(wanted) AS TABLE
SELECT parcel_id, carrier, reason, due_at FROM route_misses
WHERE version = (SELECT max(version) FROM route_plans WHERE node = wanted)
ORDER BY due_at, parcel_id;

-- Where is there something to plan? Grain: one node with open stops of its own people, or with a plan.
CREATE OR REPLACE VIEW boards.route_nodes AS
SELECT n.node, n.name_zh, n.name_en, n.kind, coalesce(s.stops, 0) AS open_stops, p.planned_at
FROM nodes AS n
LEFT JOIN (SELECT node, count(*) AS stops FROM boards.rider_stops(NULL) GROUP BY node) AS s ON s.node = n.node
LEFT JOIN boards.route_plans_now AS p ON p.node = n.node
WHERE s.stops > 0 OR p.node IS NOT NULL;
