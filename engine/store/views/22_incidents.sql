-- ---- complaints that are one problem -------------------------------------------------------------------------------

-- Which incidents of complaints are there? Grain: one incident, the open ones first, then the newest. hours: since it
-- was opened, until it was resolved or `as_of`. ended_by, end_reason: of a resolved one.
CREATE OR REPLACE MACRO boards.complaint_incidents(as_of) AS TABLE
SELECT
    i.incident_id, i.level, i.cause, i.complaint, i.began_at, i.opened_at, i.ground, i.state, i.state_at, i.buyers,
    i.expected, i.p_value, i.quiet_runs, i.rivals, coalesce(t.tickets, 0) AS tickets,
    (epoch(CASE WHEN i.state = 'open' THEN as_of ELSE i.state_at END) - epoch(i.opened_at)) / 3600.0 AS hours,
    e.actor AS ended_by, e.reason AS end_reason
FROM incidents AS i
LEFT JOIN (SELECT incident_id, count(*) AS tickets FROM incident_tickets GROUP BY incident_id) AS t USING (incident_id)
LEFT JOIN incident_events AS e ON e.incident_id = i.incident_id AND e.state = 'resolved'
ORDER BY i.state = 'resolved', i.version DESC, i.incident_id;

-- What a cause is made of. Grain: one standing piece in a parcel that may hold it. level, first, last: of the cause, and
-- the names in it (of a lot its SKU and number, of a route its node and region; else the same twice). since: parcels planned before it are not of it, but for those of a lot.
CREATE OR REPLACE MACRO boards.pieces_of_cause(level_of, first_of, last_of, since) AS TABLE
SELECT a.order_id, a.parcel_id, a.sku, a.lot, a.qty, o.buyer, o.province, o.city, o.platform, o.order_no, o.status,
       p.cost_cents, p.planned_at, w.waybill_no, w.uploaded_at, t.stage, t.signed_at,
       coalesce(t.picked_up_at, w.picked_up_at) AS picked_up_at
FROM allocations AS a
ANTI JOIN ended_allocations AS e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id
JOIN orders AS o ON o.order_id = a.order_id
JOIN parcels AS p ON p.parcel_id = a.parcel_id AND p.status = 'planned'
LEFT JOIN boards.waybill_states AS w ON w.parcel_id = a.parcel_id
LEFT JOIN parcel_tracks AS t ON t.waybill_no = w.waybill_no
WHERE CASE level_of
    WHEN 'lot' THEN a.sku = first_of AND a.lot = last_of
    WHEN 'sku' THEN a.sku = first_of AND p.planned_at >= since
    WHEN 'node' THEN a.node = first_of AND p.planned_at >= since
    WHEN 'carrier' THEN a.carrier = first_of AND p.planned_at >= since
    WHEN 'region' THEN starts_with(o.adcode, first_of) AND p.planned_at >= since
    WHEN 'route' THEN a.node = first_of AND starts_with(o.adcode, last_of) AND p.planned_at >= since
    ELSE false END;

-- What of an incident's orders is where? Grain: one order and parcel. affected: AffectedStage.
CREATE OR REPLACE MACRO boards.affected_by_cause(level_of, first_of, last_of, since) AS TABLE
SELECT
    order_id, parcel_id, any_value(platform) AS platform, any_value(order_no) AS order_no, any_value(buyer) AS buyer,
    any_value(province) AS province, any_value(city) AS city, any_value(waybill_no) AS waybill_no, any_value(stage) AS stage,
    sum(qty)::BIGINT AS units, any_value(cost_cents) AS freight_cents, any_value(planned_at) AS planned_at,
    any_value(picked_up_at) AS picked_up_at, any_value(signed_at) AS signed_at,
    any_value(CASE
        WHEN signed_at IS NOT NULL OR stage = 'signed' THEN 'delivered'
        WHEN stage IN ('rejected', 'returning', 'returned', 'cancelled', 'lost') THEN 'gone'
        WHEN stage IN ('out_for_delivery', 'locker') THEN 'at_the_door'
        WHEN waybill_no IS NOT NULL THEN 'interceptable'
        ELSE 'not_shipped' END) AS affected
FROM boards.pieces_of_cause(level_of, first_of, last_of, since)
GROUP BY order_id, parcel_id
ORDER BY signed_at NULLS FIRST, order_id, parcel_id;

-- What did buyers say in it? Grain: one ticket of the incident, the newest first; buyers masked.
CREATE OR REPLACE MACRO boards.incident_words(wanted, most) AS TABLE
SELECT i.ticket_id, t.order_id, boards.masked(t.buyer) AS buyer, t.asked_at, boards.without_phones(t.said) AS said, t.state,
       g.sku, g.lot, g.node, g.carrier
FROM incident_tickets AS i
JOIN tickets AS t USING (ticket_id)
LEFT JOIN (SELECT ticket_id, min(sku) AS sku, min(lot) AS lot, min(node) AS node, min(carrier) AS carrier
           FROM ticket_goods GROUP BY ticket_id) AS g ON g.ticket_id = i.ticket_id
WHERE i.incident_id = wanted
ORDER BY t.asked_at DESC, i.ticket_id
LIMIT most;

-- When did its buyers complain? Grain: one buyer, by the first ticket.
CREATE OR REPLACE MACRO boards.incident_times(wanted) AS TABLE
SELECT min(t.asked_at) AS asked_at
FROM incident_tickets AS i JOIN tickets AS t USING (ticket_id)
WHERE i.incident_id = wanted
GROUP BY coalesce(t.buyer, t.ticket_id)
ORDER BY 1;

-- Which SKUs have the customer's floor, incident or not? Grain: one SKU and complaint with at least `least` distinct
-- buyers since `since`.
CREATE OR REPLACE MACRO boards.over_the_floor(since, least) AS TABLE
SELECT g.sku, s.name_zh, s.name_en, t.complaint, count(DISTINCT coalesce(t.buyer, t.ticket_id)) AS buyers,
       (SELECT any_value(i.incident_id) FROM incident_tickets AS i JOIN tickets AS u USING (ticket_id)
        JOIN ticket_goods AS h USING (ticket_id)
        JOIN incidents AS n ON n.incident_id = i.incident_id AND n.state = 'open'
        WHERE h.sku = g.sku AND u.complaint = t.complaint) AS incident_id
FROM tickets AS t
JOIN ticket_goods AS g USING (ticket_id)
LEFT JOIN skus AS s ON s.sku = g.sku
WHERE t.asked_at > since AND t.complaint IN ('not_received', 'damaged', 'wrong_item', 'quality')
GROUP BY ALL
HAVING buyers >= least
ORDER BY buyers DESC, g.sku;
