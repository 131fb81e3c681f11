-- ---- temperature and humidity on the way ---------------------------------------------------------------------------

-- Which parcels were with each excursion's probe? Grain: one excursion and parcel. A vehicle's are the stops that were
-- on board while it lasted, of the probe's layer; its code is the courier's of those stops.
CREATE OR REPLACE MACRO boards.excursion_parcels(as_of) AS TABLE
SELECT e.excursion_id, p.subject AS parcel_id
FROM cold_excursions AS e JOIN cold_probes AS p ON p.probe_id = e.probe_id
WHERE p.carried = 'parcel'
UNION
SELECT e.excursion_id, t.parcel_id
FROM cold_excursions AS e
JOIN cold_probes AS p ON p.probe_id = e.probe_id AND p.carried = 'vehicle'
JOIN courier_tasks AS t ON t.courier = p.subject AND t.parcel_id IS NOT NULL
JOIN parcels AS c ON c.parcel_id = t.parcel_id AND c.layer = p.layer
WHERE t.assigned_at <= coalesce(e.ended_at, as_of) AND coalesce(t.ended_at, as_of) >= e.started_at
  AND t.state <> 'dropped';

-- Which orders are in them? Grain: one excursion, parcel and order that still travels in it.
CREATE OR REPLACE MACRO boards.excursion_orders(as_of) AS TABLE
SELECT DISTINCT
    x.excursion_id, x.parcel_id, o.order_id, o.order_no, o.platform, o.status, boards.masked(o.buyer) AS buyer,
    o.province, o.city, o.amount_cents, k.stage
FROM boards.excursion_parcels(as_of) AS x
JOIN allocations AS a ON a.parcel_id = x.parcel_id
JOIN orders AS o ON o.order_id = a.order_id
LEFT JOIN (SELECT parcel_id, stage FROM parcel_tracks WHERE parcel_id IS NOT NULL) AS k ON k.parcel_id = x.parcel_id
ANTI JOIN ended_allocations AS d ON d.order_id = a.order_id AND d.parcel_id = a.parcel_id;

-- Where was a limit passed for too long? Grain: one excursion; open ones have no end.
CREATE OR REPLACE MACRO boards.excursions(as_of) AS TABLE
SELECT
    e.excursion_id, e.probe_id, p.device, p.carried, p.subject, p.layer, e.breach, e.started_at, e.alarm_at, e.ended_at,
    e.minutes, e.degree_minutes, e.peak, p.celsius, p.humidity, p.newest_at,
    coalesce(x.parcels, 0) AS parcels, coalesce(x.orders, 0) AS orders, coalesce(x.cents, 0)::BIGINT AS cents
FROM cold_excursions AS e
JOIN cold_probes AS p ON p.probe_id = e.probe_id
LEFT JOIN (
    SELECT excursion_id, count(DISTINCT parcel_id) AS parcels, count(DISTINCT order_id) AS orders,
           sum(amount_cents) AS cents
    FROM boards.excursion_orders(as_of) GROUP BY excursion_id
) AS x ON x.excursion_id = e.excursion_id;

-- How is each sensor? Grain: one probe. standing: silent where nothing came for `gap` minutes, else its last fault,
-- else how its values stand.
CREATE OR REPLACE MACRO boards.cold_probes_now(as_of, gap) AS TABLE
SELECT
    probe_id, device, carried, subject, layer, newest_at, good_at, celsius, humidity, gaps,
    CASE WHEN newest_at < as_of - to_seconds(60.0 * gap) THEN 'silent' ELSE coalesce(fault, state) END AS standing
FROM cold_probes;

-- What did one probe measure since `since`? Grain: one reading.
CREATE OR REPLACE MACRO boards.cold_curve(wanted, since) AS TABLE
SELECT event_time, celsius, humidity, fault FROM cold_readings WHERE probe_id = wanted AND event_time >= since;
