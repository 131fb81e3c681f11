-- ---- how long parcels take -----------------------------------------------------------------------------------------

-- What is known of each parcel for learning and for forecasts? Grain: one planned parcel, planned after `since`.
-- ordered_at: the earliest payment inside; value_cents: of its orders; days: published transit days, null without a tariff;
-- km: as the crow flies from the node to the city, null where the city's place is not known.
CREATE OR REPLACE MACRO boards.delay_parcels(since) AS TABLE
SELECT
    j.parcel_id, o.ordered_at, j.promise_at, j.uploaded_at, j.picked_up_at, j.first_hub_at, j.arrived_at, j.signed_at, j.stage,
    j.last_scan_at, j.node, j.origin, j.destination, j.carrier, p.kg, o.value_cents, j.days,
    2 * 6371.0088 * asin(sqrt(
        power(sin(radians(r.lat - n.lat) / 2), 2)
        + cos(radians(n.lat)) * cos(radians(r.lat)) * power(sin(radians(r.lon - n.lon) / 2), 2)
    )) AS km,
    j.carrier_kind = 'parcel' AS has_hubs
FROM boards.parcel_journeys(since) AS j
JOIN parcels AS p USING (parcel_id)
JOIN nodes AS n ON n.node = p.node
LEFT JOIN regions AS r ON r.adcode = left(j.destination, 4) || '00'
JOIN (
    SELECT a.parcel_id, min(o.paid_at) AS ordered_at, sum(o.amount_cents)::BIGINT AS value_cents
    FROM (SELECT DISTINCT order_id, parcel_id FROM boards.standing_picks) AS a JOIN orders AS o USING (order_id)
    GROUP BY a.parcel_id
) AS o USING (parcel_id);

-- How long was it from one scan to the next? Grain: one pick-up or hub scan after `since`, with the next scan of its
-- waybill, null where none has come. Parcels that are no longer carried wait for none.
CREATE OR REPLACE MACRO boards.scan_gaps(since) AS TABLE
WITH told AS (
    SELECT e.waybill_no, e.scan, e.event_time,
           lead(e.event_time) OVER (PARTITION BY e.waybill_no ORDER BY e.event_time, e.event_key) AS next_at
    FROM tracking_events AS e ANTI JOIN tracking_retractions AS r ON r.event_key = e.event_key
    WHERE e.event_time > since AND e.scan <> 'exception'
)
SELECT
    p.carrier, left(any_value(o.adcode), 2) AS area, CASE WHEN t.scan = 'picked_up' THEN 'pick_up' ELSE 'hub' END AS after,
    t.event_time AS "at", t.next_at
FROM told AS t
JOIN parcel_tracks AS k ON k.waybill_no = t.waybill_no
JOIN parcels AS p ON p.parcel_id = k.parcel_id
JOIN carriers AS c ON c.carrier = p.carrier AND c.kind = 'parcel'
JOIN boards.standing_picks AS a ON a.parcel_id = p.parcel_id
JOIN orders AS o ON o.order_id = a.order_id
WHERE t.scan IN ('picked_up', 'hub_in', 'hub_out')
  AND (t.next_at IS NOT NULL OR k.stage IN ('picked_up', 'in_transit'))
GROUP BY t.waybill_no, p.carrier, t.scan, t.event_time, t.next_at;

-- Which models were trained? Grain: one model, the newest first.
CREATE OR REPLACE VIEW boards.trained_models AS
SELECT model_id, trained_at, state, learned_from, learned_until, parcels, tested, brier, baseline_brier, drift, card
FROM delay_models
ORDER BY version DESC;

-- Whose forecasts stand, and when were they made? Grain: one row; without a forecast the times are null.
CREATE OR REPLACE VIEW boards.forecast_totals AS
SELECT
    count(*) AS parcels, min(made_at) AS oldest, max(made_at) AS newest, count(*) FILTER (late_delivery >= 0.5) AS threatened,
    coalesce(sum(late_delivery), 0)::DOUBLE AS expected_late, max(model_id) AS model_id
FROM parcel_forecasts;

-- What are parcels under way likely to cost, clause by clause? Grain: one clock that can still break, the dearest first.
-- expected: parcels that are expected to break it; expected_cents: what that takes; cents: if all of them broke it.
CREATE OR REPLACE VIEW boards.clause_outlook AS
SELECT
    CASE clause WHEN 'trace_timeout' THEN 'no_pick_up' WHEN 'trace_anomaly' THEN 'no_pick_up_long' ELSE clause END AS clock,
    count(*) AS parcels, sum(chance)::DOUBLE AS expected, sum(chance * cents)::DOUBLE AS expected_cents,
    sum(cents)::BIGINT AS cents, min(deadline) AS next_deadline
FROM clause_chances GROUP BY clause
ORDER BY expected_cents DESC, clock;

-- Which parcels are most threatened while a day or more is left? Grain: one parcel whose day of promise is not near.
CREATE OR REPLACE MACRO boards.threatened_parcels(as_of) AS TABLE
SELECT
    f.parcel_id, p.carrier, c.name_zh AS carrier_zh, c.name_en AS carrier_en, p.node, n.name_zh AS node_zh,
    n.name_en AS node_en, f.due_at, f.made_at, f.late_delivery, f.late_pick_up, f.eta_p50, f.eta_p90, f.reasons
FROM parcel_forecasts AS f
JOIN parcels AS p USING (parcel_id)
LEFT JOIN carriers AS c ON c.carrier = p.carrier
LEFT JOIN nodes AS n ON n.node = p.node
WHERE f.due_at >= as_of + INTERVAL 24 HOUR
ORDER BY f.late_delivery DESC, f.parcel_id
LIMIT 200;
