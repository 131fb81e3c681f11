-- ---- delays of many parcels ----------------------------------------------------------------------------------------

-- Which hubs did each waybill pass lately? Grain: one waybill and place.
CREATE OR REPLACE MACRO boards.places_passed(since) AS TABLE
SELECT DISTINCT e.waybill_no, e.place
FROM tracking_events AS e ANTI JOIN tracking_retractions AS r ON r.event_key = e.event_key
WHERE e.scan IN ('hub_in', 'hub_out', 'arrived_city') AND e.place IS NOT NULL AND e.event_time > since;

-- Which incidents are there? Grain: one incident, the open ones first, then the newest. orders: still in its parcels;
-- arrived: parcels signed for since; options: how many orders may choose.
CREATE OR REPLACE VIEW boards.mass_delay_incidents AS
SELECT
    m.incident_id, m.cause, m.state, m.opened_at, m.state_at, m.seen_at, m.quiet_runs, m.parcels, m.late_share,
    m.usual_share, m.explained, m.p_value, m.expected_further, m.rivals,
    coalesce(a.orders, 0) AS orders, coalesce(a.arrived, 0) AS arrived, coalesce(o.orders, 0) AS options
FROM mass_delays AS m
LEFT JOIN (
    SELECT h.incident_id, count(DISTINCT p.order_id) AS orders,
           count(DISTINCT h.parcel_id) FILTER (t.signed_at IS NOT NULL) AS arrived
    FROM mass_delay_parcels AS h
    LEFT JOIN boards.standing_picks AS p USING (parcel_id)
    LEFT JOIN parcel_tracks AS t ON t.parcel_id = h.parcel_id
    GROUP BY h.incident_id
) AS a USING (incident_id)
LEFT JOIN (
    SELECT incident_id, count(DISTINCT order_id) AS orders FROM buyer_options WHERE state = 'open' GROUP BY incident_id
) AS o USING (incident_id)
ORDER BY m.state = 'resolved', m.version DESC, m.incident_id;

-- Whom does an incident hold up? Grain: one order in one of its parcels, the longest silent first; buyers masked.
CREATE OR REPLACE MACRO boards.held_up_orders(wanted) AS TABLE
SELECT
    o.order_id, o.order_no, o.platform, boards.masked(o.buyer) AS buyer, o.province, o.city, o.amount_cents, o.promise_at,
    h.parcel_id, p.carrier, t.stage, t.last_place, t.last_scan_at, t.signed_at,
    (SELECT string_agg(option, '|' ORDER BY option) FROM buyer_options AS b
     WHERE b.incident_id = wanted AND b.order_id = o.order_id AND b.state = 'open') AS options
FROM (SELECT * FROM mass_delay_parcels WHERE incident_id = wanted) AS h
JOIN (SELECT DISTINCT order_id, parcel_id, carrier FROM boards.standing_picks) AS p USING (parcel_id)
JOIN orders AS o USING (order_id)
LEFT JOIN parcel_tracks AS t ON t.parcel_id = h.parcel_id
ORDER BY t.last_scan_at NULLS FIRST, o.order_id;

-- Where do its parcels stand? Grain: one place, the most parcels first; null: with no scan yet.
CREATE OR REPLACE MACRO boards.held_up_places(wanted) AS TABLE
SELECT t.last_place AS place, count(*) AS parcels, count(*) FILTER (t.signed_at IS NOT NULL) AS arrived
FROM mass_delay_parcels AS h LEFT JOIN parcel_tracks AS t USING (parcel_id)
WHERE h.incident_id = wanted
GROUP BY t.last_place
ORDER BY parcels DESC, place;
