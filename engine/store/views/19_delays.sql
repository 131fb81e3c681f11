-- ---- how long parcels take -----------------------------------------------------------------------------------------

-- What is known of each parcel for learning and for forecasts? Grain: one planned parcel, planned after `since`.
-- ordered_at: the earliest payment inside; value_cents: of its orders; days: published transit days, null without a tariff.
CREATE OR REPLACE MACRO boards.delay_parcels(since) AS TABLE
SELECT
    j.parcel_id, o.ordered_at, j.promise_at, j.uploaded_at, j.picked_up_at, j.arrived_at, j.signed_at, j.stage,
    j.last_scan_at, j.node, j.origin, j.destination, j.carrier, p.kg, o.value_cents, j.days
FROM boards.parcel_journeys(since) AS j
JOIN parcels AS p USING (parcel_id)
JOIN (
    SELECT a.parcel_id, min(o.paid_at) AS ordered_at, sum(o.amount_cents)::BIGINT AS value_cents
    FROM (SELECT DISTINCT order_id, parcel_id FROM boards.standing_picks) AS a JOIN orders AS o USING (order_id)
    GROUP BY a.parcel_id
) AS o USING (parcel_id);

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
