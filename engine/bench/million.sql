-- A room after two days and a great show, made in bulk: $orders orders with lines, parcels, allocations and events,
-- received up to $as_of. Three tenths came evenly over 45 hours, the rest in the last three. One commit is 500 orders.
-- Only what boards read is made; the state is plausible, not decided by the gate.

-- step places
CREATE TEMP TABLE places AS
SELECT row_number() OVER (ORDER BY adcode) - 1 AS n, adcode, province, city, district
FROM regions WHERE level = 'district' AND city IS NOT NULL AND district IS NOT NULL;

-- step wanted
CREATE TEMP TABLE wanted AS SELECT row_number() OVER (ORDER BY sku) - 1 AS n, sku FROM skus;

-- step senders
CREATE TEMP TABLE senders AS SELECT row_number() OVER (ORDER BY node) - 1 AS n, node FROM nodes;

-- step audit_of_before
-- As many commits as orders came before them: a year of the room. One in 97 is a person's.
INSERT INTO audit
SELECT (SELECT max(version) FROM audit) + i, CAST($as_of AS TIMESTAMPTZ) - INTERVAL 3 DAY - to_seconds(30 * ($orders - i)),
       CASE WHEN i % 97 = 0 THEN 'nobody' ELSE 'api:bench' || (i % 20) END,
       ['track', 'settle_alerts', 'allocate', 'act_now', 'record_waybills'][1 + i % 5], 'bench-' || (i % 5000),
       '{"read":500,"reason":"' || repeat(md5(CAST(i AS VARCHAR)), 6) || '","before":' || i || '}'
FROM range(1, CAST($orders AS BIGINT) + 1) AS counted(i);

-- step arrivals
CREATE TEMP TABLE arrivals AS
SELECT
    i,
    'douyin:' || (69000000000 + i) AS order_id,
    CAST($as_of AS TIMESTAMPTZ) - to_microseconds(CAST(1000000 * CASE
        WHEN i <= 0.3 * $orders THEN 3 * 3600 + 45 * 3600 * (1 - i / (0.3 * $orders))
        ELSE 3 * 3600 * (1 - (i - 0.3 * $orders) / (0.7 * $orders))
    END AS BIGINT)) AS received_at,
    (SELECT max(version) FROM audit) + 1 + i // 500 AS version,
    hash(i) % 1000 AS luck,
    CAST(hash(i + 7) % (SELECT count(*) FROM places) AS BIGINT) AS place,
    -- The smaller of two dice: the first SKUs sell more than the last.
    CAST(least(hash(i + 13) % (SELECT count(*) FROM wanted), hash(i + 17) % (SELECT count(*) FROM wanted)) AS BIGINT) AS first_sku,
    CAST(hash(i + 19) % (SELECT count(*) FROM senders) AS BIGINT) AS sender
FROM range(1, CAST($orders AS BIGINT) + 1) AS counted(i);

-- step audit
INSERT INTO audit
SELECT version, max(received_at), 'api:bench', 'ingest_orders', 'api:bench', '{"read":500}' FROM arrivals GROUP BY version ORDER BY version;

-- step intake_batches
INSERT INTO intake_batches
SELECT 'bench-' || version, 'api:bench', max(received_at), count(*), count(*), 0, 0, 0, 0, version FROM arrivals GROUP BY version ORDER BY version;

-- step orders
INSERT INTO orders BY NAME
SELECT
    a.order_id, 'douyin' AS platform, split_part(a.order_id, ':', 2) AS order_no, 'evening-rice-oil' AS show_id,
    '粮油小杨' AS anchor, '王**|138****' || lpad(CAST(a.i % 10000 AS VARCHAR), 4, '0') AS buyer,
    p.province, p.city, p.district, '人民路街道' AS street, '******' AS address, p.adcode,
    a.received_at - INTERVAL 40 SECOND AS created_at, a.received_at - INTERVAL 20 SECOND AS paid_at,
    a.received_at + INTERVAL 48 HOUR AS promise_at,
    1500 + CAST(hash(a.i + 23) % 20000 AS BIGINT) AS amount_cents, 1 + a.i % 3 AS units, 9900 AS list_cents, 1 AS "rows",
    CAST(hash(a.i) % 9223372036854775807 AS BIGINT) AS fingerprint,
    a.received_at, a.version, a.i AS arrival,
    CASE WHEN a.luck < 80 THEN 'sold_out' WHEN a.luck < 90 THEN 'held' ELSE 'reserved' END AS outcome,
    CASE WHEN a.luck < 80 THEN '[{"rule":"pool","detail":"RICE-WC-5: 0 left in the pool, 1 asked"}]'
         WHEN a.luck < 90 THEN '[{"rule":"vague_address","detail":"the address has no street"}]' ELSE '[]' END AS reason,
    CASE WHEN a.luck < 80 THEN 'sold_out' WHEN a.luck < 82 THEN 'held' WHEN a.luck < 130 THEN 'cancelled'
         WHEN a.luck < 160 THEN 'refunded' WHEN a.luck < 162 OR a.i > 0.99 * $orders THEN 'reserved'
         ELSE 'allocated' END AS status,
    a.received_at AS status_at
FROM arrivals AS a JOIN places AS p ON p.n = a.place
ORDER BY a.i;

-- step order_lines
INSERT INTO order_lines BY NAME
SELECT a.order_id, CAST(l.n AS INTEGER) AS line_no, w.sku AS sold_sku, 1 AS sold_qty, NULL AS kit, w.sku, 1 AS qty,
       CASE WHEN l.n = 1 THEN 4990 ELSE 1990 END AS amount_cents, a.version
FROM arrivals AS a
JOIN (VALUES (1), (2)) AS l(n) ON l.n = 1 OR a.luck % 2 = 0
JOIN wanted AS w ON w.n = (a.first_sku + l.n - 1) % (SELECT count(*) FROM wanted)
ORDER BY a.i, l.n;

-- step order_events
INSERT INTO order_events BY NAME
SELECT o.version, o.received_at AS event_time, o.received_at AS ingest_time, o.order_id, o.status AS kind, '' AS reason, 'api:bench' AS actor
FROM orders AS o WHERE o.status <> o.outcome ORDER BY o.arrival;

-- step parcels
INSERT INTO parcels BY NAME
SELECT 'P' || o.arrival AS parcel_id, s.node, c.carrier, 'ambient' AS layer, 5.2 AS kg, 430 AS cost_cents,
       o.received_at AS planned_at, o.version, 'planned' AS status
FROM orders AS o
JOIN arrivals AS a ON a.i = o.arrival
JOIN senders AS s ON s.n = a.sender
JOIN (SELECT row_number() OVER (ORDER BY carrier) - 1 AS n, count(*) OVER () AS carriers, carrier FROM carriers) AS c
  ON c.n = a.luck % c.carriers
WHERE o.status = 'allocated' ORDER BY o.arrival;

-- step allocations
INSERT INTO allocations BY NAME
SELECT l.order_id, p.parcel_id, l.sku, l.qty, p.node, l.sku || '-A' AS lot, p.carrier, p.version
FROM parcels AS p
JOIN orders AS o ON 'P' || o.arrival = p.parcel_id
JOIN order_lines AS l USING (order_id)
ORDER BY o.arrival;

-- step allocation_reasons
INSERT INTO allocation_reasons BY NAME
SELECT o.order_id, CASE WHEN o.status = 'allocated' THEN s.node END AS node, 12.5 AS km,
       '{"why":"nearest"}' AS detail, o.received_at AS decided_at, o.version
FROM orders AS o JOIN arrivals AS a ON a.i = o.arrival JOIN senders AS s ON s.n = a.sender
WHERE o.status = 'allocated' OR (o.status = 'reserved' AND a.luck % 5 = 0) ORDER BY o.arrival;

-- step live_parcels
CREATE TEMP TABLE live_parcels AS
SELECT parcel_id, planned_at, version, n, 'YT' || lpad(CAST(n AS VARCHAR), 10, '0') AS waybill_no, CAST(hash(n) % 100 AS BIGINT) AS luck,
       1 + 6 * pow(hash(n + 5) % 100 / 100.0, 4) AS slow
FROM (SELECT *, row_number() OVER (ORDER BY version DESC, parcel_id) AS n FROM parcels)
WHERE n <= least(200000, CAST(0.2 * $orders AS BIGINT));

-- step waybills
INSERT INTO waybills BY NAME
SELECT version, parcel_id, waybill_no, planned_at + INTERVAL 20 MINUTE AS uploaded_at,
       CASE WHEN luck >= 20 THEN planned_at + to_seconds(50 * 60 * slow) END AS picked_up_at, planned_at + INTERVAL 1 HOUR AS ingest_time
FROM live_parcels ORDER BY n;

-- step tracking_events
INSERT INTO tracking_events BY NAME
SELECT l.waybill_no || '-' || s.k AS event_key, l.version, 'kuaidi100' AS provider, l.waybill_no, s.scan, NULL AS trouble,
       s.code AS raw_code, l.planned_at + to_seconds((50 + 20 * s.k) * 60 * slow) AS event_time,
       l.planned_at + to_seconds((55 + 20 * s.k) * 60 * slow) AS ingest_time, '杭州转运中心' AS place, '330100' AS adcode,
       NULL AS lon, NULL AS lat, '快件已到达【杭州转运中心】 13812345678' AS said
FROM live_parcels AS l
JOIN (VALUES (0, 'picked_up', '103', 20), (1, 'hub_in', '0', 35), (2, 'hub_out', '1002', 50), (3, 'arrived_city', '1001', 65),
             (4, 'out_for_delivery', '5', 80), (5, 'signed', '3', 90), (6, 'note', '777', 97)) AS s(k, scan, code, luck_from)
  ON l.luck >= s.luck_from
ORDER BY l.n, s.k;

-- step parcel_tracks
INSERT INTO parcel_tracks BY NAME
SELECT l.waybill_no, l.parcel_id,
       CASE WHEN luck >= 90 THEN 'signed' WHEN luck >= 80 THEN 'out_for_delivery' WHEN luck >= 65 THEN 'arrived'
            WHEN luck >= 35 THEN 'in_transit' WHEN luck >= 20 THEN 'picked_up' ELSE 'labelled' END AS stage,
       planned_at + to_minutes(20 + luck) AS stage_at, CASE WHEN luck % 33 = 0 THEN 'held_up' END AS trouble,
       CASE WHEN luck >= 20 THEN planned_at + to_seconds(50 * 60 * slow) END AS picked_up_at,
       CASE WHEN luck >= 35 THEN planned_at + to_seconds(70 * 60 * slow) END AS first_hub_at,
       CASE WHEN luck >= 65 THEN planned_at + to_seconds(110 * 60 * slow) END AS arrived_at,
       CASE WHEN luck >= 80 THEN planned_at + to_seconds(130 * 60 * slow) END AS out_at,
       CASE WHEN luck >= 90 THEN planned_at + to_seconds(150 * 60 * slow) END AS signed_at,
       CASE WHEN luck >= 20 THEN planned_at + to_minutes(50 + luck) END AS last_scan_at,
       '杭州转运中心' AS last_place, '330100' AS last_adcode, NULL AS lon, NULL AS lat, 4 AS events, version
FROM live_parcels AS l ORDER BY n;

-- step departures
INSERT INTO departures BY NAME
SELECT parcel_id, picked_up_at, ingest_time AS booked_at, version FROM waybills WHERE picked_up_at IS NOT NULL;

-- step courier_now
INSERT INTO courier_now BY NAME
SELECT 'rider-' || lpad(CAST(n AS VARCHAR), 5, '0') AS courier, CASE WHEN n % 7 > 0 THEN 'ST-XH' END AS node, '310100' AS city,
       CAST($as_of AS TIMESTAMPTZ) - to_seconds(n % 60) AS event_time, CAST($as_of AS TIMESTAMPTZ) - to_seconds(n % 50) AS ingest_time,
       121.2 + 0.5 * (hash(n) % 1000) / 1000 AS lon, 31.0 + 0.4 * (hash(n + 3) % 1000) / 1000 AS lat,
       CASE WHEN n % 5 > 0 THEN 14.0 + n % 9 END AS speed_kmh,
       '[' || (SELECT string_agg('[' || round(121.2 + 0.5 * (hash(n) % 1000) / 1000 - 0.0005 * k, 5) || ',' || round(31.0 + 0.4 * (hash(n + 3) % 1000) / 1000 - 0.0003 * (k % 7), 5)
                                 || ',' || CAST(epoch(CAST($as_of AS TIMESTAMPTZ)) AS BIGINT) - 15 * k || ']', ',' ORDER BY k DESC) FROM range(40) AS steps(k)) || ']' AS trail,
       (SELECT max(version) FROM audit) AS version
FROM range(least(5000, CAST($orders AS BIGINT) // 10)) AS counted(n);

-- step courier_tasks
INSERT INTO courier_tasks BY NAME
SELECT 'task-' || n AS task_id, 'rider-' || lpad(CAST(n // 3 AS VARCHAR), 5, '0') AS courier, n % 3 AS seq,
       121.2 + 0.5 * (hash(n + 5) % 1000) / 1000 AS lon, 31.0 + 0.4 * (hash(n + 9) % 1000) / 1000 AS lat, '徐汇区' AS place,
       CAST($as_of AS TIMESTAMPTZ) + to_seconds(600 + n % 3000) AS due_at, 'open' AS state,
       CAST($as_of AS TIMESTAMPTZ) - to_seconds(900) AS assigned_at, (SELECT max(version) FROM audit) AS version
FROM range(3 * least(5000, CAST($orders AS BIGINT) // 10)) AS counted(n);

-- step unpaid_orders
INSERT INTO unpaid_orders BY NAME
SELECT CASE WHEN luck % 2 = 0 THEN order_id ELSE order_id || 'u' END AS order_id, received_at AS created_at,
       '上海市' AS province, 4990 AS amount_cents, 1 AS "rows", received_at AS seen_at, version
FROM arrivals WHERE i % 100 = 0;

-- step quarantine
INSERT INTO quarantine BY NAME
SELECT 'bench-' || i AS row_id, 'api:bench' AS source, 'canonical' AS format, i AS "row", order_id, '{}' AS raw,
       'qty is "0": at least 1' AS fault, received_at, version, 'open' AS state
FROM arrivals WHERE i % 2000 = 0;

-- step live_signals
INSERT INTO live_signals BY NAME
SELECT 'evening-rice-oil' AS show_id, CAST($as_of AS TIMESTAMPTZ) - to_seconds(n * 5) AS event_time,
       CAST($as_of AS TIMESTAMPTZ) - to_seconds(n * 5) AS ingest_time, 20000 + n AS viewers, 900 AS clicks,
       (SELECT max(version) FROM audit) AS version
FROM range(2160) AS counted(n);

-- step job_runs
INSERT INTO job_runs BY NAME
SELECT 'allocate' AS job, CAST($as_of AS TIMESTAMPTZ) - to_seconds(n * 60) AS started_at, 25 AS took_ms,
       'done' AS outcome, '' AS detail, (SELECT max(version) FROM audit) AS version, 30 AS runs
FROM range(2880) AS counted(n);
