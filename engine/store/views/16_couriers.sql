-- ---- the courier map: riders, their stops, lanes and hubs ----------------------------------------------------------

-- Where is each rider, and how much is on board? Grain: one courier; of one city, or of all where `wanted` is null.
CREATE OR REPLACE MACRO boards.riders(wanted) AS TABLE
SELECT
    c.courier, c.node, n.name_zh AS node_zh, n.name_en AS node_en, c.city, c.event_time, c.lon, c.lat, c.speed_kmh,
    coalesce(t.stops, 0) AS stops
FROM courier_now AS c
LEFT JOIN nodes AS n ON n.node = c.node
LEFT JOIN (SELECT courier, count(*) AS stops FROM courier_tasks WHERE state = 'open' GROUP BY courier) AS t
    ON t.courier = c.courier
WHERE wanted IS NULL OR c.city = wanted;

-- Which way did each rider of a city come, since `since`? Grain: one courier. trail: JSON [[lon, lat, seconds], ...].
CREATE OR REPLACE MACRO boards.rider_trails(wanted, since) AS TABLE
SELECT courier, lon, lat, trail FROM courier_now WHERE city = wanted AND event_time >= since;

-- Where do riders still have to stop? Grain: one open task, with its rider's position (null: never heard of).
CREATE OR REPLACE VIEW boards.rider_stops AS
SELECT
    t.task_id, t.courier, t.parcel_id, t.seq, t.lon, t.lat, t.place, t.due_at, t.assigned_at, c.city,
    c.lon AS rider_lon, c.lat AS rider_lat, c.event_time AS heard_at, c.speed_kmh
FROM courier_tasks AS t
LEFT JOIN courier_now AS c ON c.courier = t.courier
WHERE t.state = 'open';

-- Which parcels are planned or under way? Grain: one parcel. moving: the carrier has it; chance: of late delivery as
-- forecast, null where nothing is.
CREATE OR REPLACE VIEW boards.live_parcels AS
SELECT
    p.parcel_id, p.node, p.carrier, p.layer, k.stage,
    k.stage IS NOT NULL AND k.stage <> 'labelled' AS moving,
    k.last_adcode, k.last_place, f.late_delivery AS chance
FROM parcels AS p
LEFT JOIN (SELECT parcel_id, stage, last_adcode, last_place FROM parcel_tracks WHERE parcel_id IS NOT NULL) AS k
    ON k.parcel_id = p.parcel_id
LEFT JOIN parcel_forecasts AS f ON f.parcel_id = p.parcel_id
WHERE p.status = 'planned'
  AND (k.stage IS NULL OR k.stage NOT IN ('signed', 'rejected', 'returned', 'cancelled', 'lost'));

-- How many parcels go from where to where, and how many of them late? Grain: one node and province. Parcels with a waybill
-- that are not at their end; late: those whose forecast chance of late delivery is `late_from` or more; forecast: those that
-- have one. What has no waybill yet stands in its node (nodes_on_map): joining all of it to its orders costs a second where
-- a million parcels are planned, and this 0.1 s with 180,000 under way.
CREATE OR REPLACE MACRO boards.lanes(late_from) AS TABLE
WITH live AS MATERIALIZED (
    SELECT k.parcel_id, p.node, k.stage <> 'labelled' AS moving
    FROM parcel_tracks AS k JOIN parcels AS p ON p.parcel_id = k.parcel_id AND p.status = 'planned'
    WHERE k.stage NOT IN ('signed', 'rejected', 'returned', 'cancelled', 'lost')
),
inside AS (
    SELECT parcel_id, min(order_id) AS order_id FROM allocations SEMI JOIN live USING (parcel_id) GROUP BY parcel_id
),
counted AS (
    SELECT l.node, left(o.adcode, 2) || '0000' AS goal, count(*) AS parcels, count(*) FILTER (l.moving) AS moving,
           count(f.late_delivery) AS forecast, count(*) FILTER (f.late_delivery >= late_from) AS late
    FROM live AS l
    JOIN inside AS i ON i.parcel_id = l.parcel_id
    JOIN orders AS o ON o.order_id = i.order_id AND o.status = 'allocated'
    LEFT JOIN parcel_forecasts AS f ON f.parcel_id = l.parcel_id
    GROUP BY ALL
)
SELECT
    c.node, n.name_zh, n.name_en, n.kind, n.lon AS from_lon, n.lat AS from_lat,
    r.province, r.lon AS to_lon, r.lat AS to_lat, c.parcels, c.moving, c.forecast, c.late
FROM counted AS c
JOIN nodes AS n ON n.node = c.node
JOIN regions AS r ON r.adcode = c.goal;

-- Where were parcels under way last seen? Grain: one division that scans name.
CREATE OR REPLACE VIEW boards.hubs AS
SELECT
    l.last_adcode AS adcode, r.province, coalesce(r.district, r.city, r.province) AS place, r.lon, r.lat,
    count(*) AS parcels
FROM boards.live_parcels AS l
JOIN regions AS r ON r.adcode = l.last_adcode
WHERE l.moving AND r.lon IS NOT NULL
GROUP BY ALL;

-- What does each node have standing in it? Grain: one node. waiting: live parcels that no carrier has yet.
CREATE OR REPLACE VIEW boards.nodes_on_map AS
SELECT
    n.node, n.name_zh, n.name_en, n.kind, n.adcode, n.lon, n.lat,
    coalesce(s.state, 'open') AS state, coalesce(p.waiting, 0) AS waiting, coalesce(p.moving, 0) AS moving
FROM nodes AS n
LEFT JOIN node_states AS s ON s.node = n.node
LEFT JOIN (
    SELECT node, count(*) FILTER (NOT moving) AS waiting, count(*) FILTER (moving) AS moving
    FROM boards.live_parcels GROUP BY node
) AS p ON p.node = n.node;

-- Where in a city do open orders wait? Grain: one division. orders: paid and not signed for; prefix: digits of the city.
CREATE OR REPLACE MACRO boards.orders_on_map(prefix) AS TABLE
SELECT
    o.adcode, r.province, coalesce(r.district, r.city, r.province) AS place, r.lon, r.lat,
    count(*) AS orders,
    count(*) FILTER (o.status = 'allocated') AS planned
FROM orders AS o
JOIN regions AS r ON r.adcode = o.adcode
WHERE starts_with(o.adcode, prefix) AND o.status IN ('reserved', 'held', 'allocated') AND r.lon IS NOT NULL
  AND o.order_id NOT IN (
      SELECT a.order_id
      FROM parcel_tracks AS k JOIN allocations AS a ON a.parcel_id = k.parcel_id
      WHERE k.stage = 'signed'
  )
GROUP BY ALL;

-- Which cities have riders or stores? Grain: one city, by its adcode; municipalities are one.
CREATE OR REPLACE VIEW boards.map_cities AS
WITH seen AS (
    SELECT city AS adcode, 1 AS riders, 0 AS stores FROM courier_now WHERE city IS NOT NULL
    UNION ALL
    SELECT CASE WHEN left(adcode, 2) IN ('11', '12', '31', '50') THEN left(adcode, 2) || '0000'
                ELSE left(adcode, 4) || '00' END, 0, 1
    FROM nodes WHERE kind IN ('store', 'pickup')
)
SELECT s.adcode, r.province, coalesce(r.city, r.province) AS place, r.lon, r.lat,
       sum(s.riders)::BIGINT AS riders, sum(s.stores)::BIGINT AS stores
FROM seen AS s JOIN regions AS r ON r.adcode = s.adcode
GROUP BY ALL;

-- How many riders are there in all, and how many are heard of? Grain: one row.
CREATE OR REPLACE MACRO boards.rider_totals(since) AS TABLE
SELECT
    count(*) AS riders, count(*) FILTER (event_time >= since) AS heard, max(event_time) AS event_time,
    max(ingest_time) AS ingest_time
FROM courier_now;

-- Which planned parcels wait for a rider of their own store? Grain: one parcel; lon, lat: seat of its district.
CREATE OR REPLACE VIEW boards.rider_work AS
WITH waiting AS (
    SELECT p.parcel_id, p.node, n.lon AS node_lon, n.lat AS node_lat
    FROM parcels AS p
    JOIN carriers AS c ON c.carrier = p.carrier AND c.kind <> 'parcel'
    JOIN nodes AS n ON n.node = p.node AND n.kind IN ('store', 'pickup', 'depot')
    ANTI JOIN courier_tasks AS t ON t.parcel_id = p.parcel_id
    WHERE p.status = 'planned'
),
inside AS (
    SELECT parcel_id, min(order_id) AS order_id FROM allocations SEMI JOIN waiting USING (parcel_id) GROUP BY parcel_id
)
SELECT w.parcel_id, w.node, r.lon, r.lat, coalesce(r.district, r.city, r.province) AS place
FROM waiting AS w
JOIN inside AS i ON i.parcel_id = w.parcel_id
JOIN orders AS o ON o.order_id = i.order_id AND o.status = 'allocated'
JOIN regions AS r ON r.adcode = o.adcode
WHERE r.lon IS NOT NULL;
