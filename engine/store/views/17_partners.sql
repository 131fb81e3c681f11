-- ---- how carriers and nodes do -------------------------------------------------------------------------------------

-- How did each parcel fare so far? Grain: one planned parcel, planned after `since`, with the orders that stand in it.
-- promise_at: the earliest pick-up promise of its orders; destination: of any of them, because only orders for one
-- division share a parcel. days: published transit days of its lane, the longest destination first, then the longest
-- origin; null where no tariff matches any more. due_at: the end of the Beijing day that many days after the pick-up.
CREATE OR REPLACE MACRO boards.parcel_journeys(since) AS TABLE
WITH recent AS (
    SELECT p.parcel_id, p.node, n.adcode AS origin, p.carrier, c.kind AS carrier_kind, p.layer, p.planned_at
    FROM parcels AS p
    JOIN nodes AS n ON n.node = p.node
    JOIN carriers AS c ON c.carrier = p.carrier
    WHERE p.status = 'planned' AND p.planned_at > since
),
inside AS (
    SELECT a.parcel_id, min(o.promise_at) AS promise_at, any_value(o.adcode) AS destination,
           count(DISTINCT o.order_id) AS orders
    FROM boards.standing_picks AS a SEMI JOIN recent USING (parcel_id) JOIN orders AS o USING (order_id)
    GROUP BY a.parcel_id
),
lanes AS (
    SELECT DISTINCT r.carrier, r.layer, r.origin, i.destination FROM recent AS r JOIN inside AS i USING (parcel_id)
),
published AS (
    SELECT l.carrier, l.layer, l.origin, l.destination,
           arg_max(t.days, 10 * length(replace(t.destination, '*', '')) + length(replace(t.origin, '*', ''))) AS days
    FROM lanes AS l
    JOIN tariffs AS t ON t.carrier = l.carrier AND t.layer = l.layer
        AND (t.origin = '*' OR starts_with(l.origin, t.origin))
        AND (t.destination = '*' OR starts_with(l.destination, t.destination))
    GROUP BY l.carrier, l.layer, l.origin, l.destination
),
told AS (
    SELECT waybill_no, count(*) FILTER (trouble = 'damaged') > 0 AS damaged, count(*) > 0 AS troubled
    FROM tracking_events ANTI JOIN tracking_retractions USING (event_key)
    WHERE scan = 'exception' GROUP BY waybill_no
),
said AS (  -- by buyers, of the goods in a parcel
    SELECT g.parcel_id, bool_or(t.complaint IN ('not_received', 'damaged')) AS complained,
           bool_or(t.complaint = 'wrong_item') AS wrong_goods
    FROM ticket_goods AS g JOIN tickets AS t ON t.ticket_id = g.ticket_id
    WHERE g.parcel_id IS NOT NULL GROUP BY g.parcel_id
),
whole AS (
    SELECT
        r.*, i.promise_at, i.destination, i.orders, w.waybill_no, w.uploaded_at,
        coalesce(t.picked_up_at, w.picked_up_at) AS picked_up_at, t.first_hub_at, t.arrived_at, t.signed_at,
        coalesce(t.stage, CASE WHEN w.picked_up_at IS NOT NULL THEN 'picked_up' WHEN w.uploaded_at IS NOT NULL
                               THEN 'labelled' END) AS stage,
        coalesce(t.last_scan_at, w.picked_up_at) AS last_scan_at, t.last_place,
        coalesce(e.damaged, false) AS damaged, coalesce(e.troubled, false) AS troubled, p.days,
        coalesce(s.complained, false) AS complained, coalesce(s.wrong_goods, false) AS wrong_goods
    FROM recent AS r
    JOIN inside AS i USING (parcel_id)
    LEFT JOIN boards.waybill_states AS w USING (parcel_id)
    LEFT JOIN parcel_tracks AS t ON t.waybill_no = w.waybill_no
    LEFT JOIN told AS e ON e.waybill_no = w.waybill_no
    LEFT JOIN said AS s ON s.parcel_id = r.parcel_id
    LEFT JOIN published AS p
      ON p.carrier = r.carrier AND p.layer = r.layer AND p.origin = r.origin AND p.destination = i.destination
)
SELECT
    parcel_id, node, origin, carrier, carrier_kind, destination, orders, planned_at, promise_at, waybill_no, uploaded_at,
    picked_up_at, first_hub_at, arrived_at, signed_at, stage, last_scan_at, last_place, damaged, troubled, complained, wrong_goods, days,
    timezone('Asia/Shanghai', CAST(boards.beijing_day(picked_up_at) + ceil(days)::INTEGER + 1 AS TIMESTAMP)) AS due_at
FROM whole;

-- How does every partner do? Grain: one partner, tier, measure and source, as the last run of the job left it. warned:
-- in that tier, or, over all tiers together, in any of them.
CREATE OR REPLACE VIEW boards.partner_scorecard AS
SELECT
    s.kind, s.partner, coalesce(c.name_zh, n.name_zh, s.partner) AS name_zh, coalesce(c.name_en, n.name_en, s.partner) AS name_en,
    coalesce(c.kind, n.kind) AS partner_type, s.tier, s.measure, s.source, s.parcels, s.good, s.raw, s.adjusted, s.low, s.high,
    s.overlap, s.p50_hours, s.p90_hours, s.standard, s.computed_at, s.source = 'live' AND (
        (s.kind, s.partner, s.tier, s.measure) IN (SELECT (kind, partner, tier, measure) FROM standard_warnings WHERE state = 'open')
        OR s.tier = '' AND (s.kind, s.partner, s.measure) IN (SELECT (kind, partner, measure) FROM standard_warnings WHERE state = 'open')
    ) AS warned
FROM partner_scores AS s
LEFT JOIN carriers AS c ON s.kind = 'carrier' AND c.carrier = s.partner
LEFT JOIN nodes AS n ON s.kind = 'node' AND n.node = s.partner
WHERE s.version = (SELECT max(version) FROM partner_scores);

-- Who is below a standard? Grain: one open warning, the farthest below first.
CREATE OR REPLACE VIEW boards.open_warnings AS
SELECT
    w.kind, w.partner, coalesce(c.name_zh, n.name_zh, w.partner) AS name_zh, coalesce(c.name_en, n.name_en, w.partner) AS name_en,
    w.tier, w.measure, w.since, w.adjusted, w.low, w.high, w.standard,
    s.parcels, s.good, s.adjusted AS adjusted_now, s.low AS low_now, s.high AS high_now
FROM standard_warnings AS w
LEFT JOIN carriers AS c ON w.kind = 'carrier' AND c.carrier = w.partner
LEFT JOIN nodes AS n ON w.kind = 'node' AND n.node = w.partner
LEFT JOIN (SELECT * FROM partner_scores WHERE source = 'live') AS s
  ON s.kind = w.kind AND s.partner = w.partner AND s.tier = w.tier AND s.measure = w.measure
WHERE w.state = 'open'
ORDER BY coalesce(s.adjusted, w.adjusted) - w.standard, w.kind, w.partner, w.tier, w.measure;

-- Which switches of carrier are proposed? Grain: one proposal that stands, the newest first.
CREATE OR REPLACE VIEW boards.standing_switches AS
SELECT
    p.proposal_id, p.carrier, c.name_zh, c.name_en, p.region, p.share, p.prefixes, p.cause, p.made_at, p.made_by, p.expires_at,
    p.orders, p.edits, p.fixed, p.waiting, p.extra_cents, p.edit_risk_cents, p.expected,
    p.saved_cents, p.regret_cents, p.takers
FROM switch_proposals AS p LEFT JOIN carriers AS c USING (carrier)
WHERE p.state = 'proposed'
ORDER BY p.version DESC, p.proposal_id;

-- Which steps are overdue right now, by the hours that the service standards allow? Grain: one node, carrier and step:
-- processing (no waybill yet), label_scan (waybill, no scan), first_hub (the carrier told of the pick-up, and of no hub
-- since). Parcels planned longer ago than `since` are left out: what is a month old is a case for a search, not for a
-- shift. Each step narrows down before it joins: of all parcels few are overdue.
CREATE OR REPLACE MACRO boards.steps_overdue(as_of, since, processing_hours, scan_hours, hub_hours) AS TABLE
WITH steps AS (
    SELECT parcel_id, 'processing' AS step, planned_at + to_seconds(processing_hours * 3600) AS due_at
    FROM parcels ANTI JOIN waybills USING (parcel_id)
    WHERE status = 'planned' AND planned_at > since AND planned_at + to_seconds(processing_hours * 3600) < as_of
    UNION ALL
    SELECT w.parcel_id, 'label_scan', w.uploaded_at + to_seconds(scan_hours * 3600)
    FROM (SELECT DISTINCT parcel_id, waybill_no, uploaded_at FROM waybills
          WHERE picked_up_at IS NULL AND uploaded_at > since
            AND uploaded_at + to_seconds(scan_hours * 3600) < as_of) AS w
    ANTI JOIN (SELECT parcel_id FROM waybills WHERE picked_up_at IS NOT NULL) AS p ON p.parcel_id = w.parcel_id
    ANTI JOIN (SELECT waybill_no FROM parcel_tracks WHERE stage <> 'labelled') AS t ON t.waybill_no = w.waybill_no
    UNION ALL
    SELECT parcel_id, 'first_hub', picked_up_at + to_seconds(hub_hours * 3600)
    FROM parcel_tracks
    WHERE stage = 'picked_up' AND first_hub_at IS NULL AND picked_up_at > since
      AND picked_up_at + to_seconds(hub_hours * 3600) < as_of
),
late AS (
    SELECT p.node, p.carrier, s.step, s.due_at
    FROM steps AS s JOIN parcels AS p ON p.parcel_id = s.parcel_id AND p.status = 'planned' AND p.planned_at > since
)
SELECT
    l.node, n.name_zh AS node_zh, n.name_en AS node_en, l.carrier, c.name_zh AS carrier_zh, c.name_en AS carrier_en,
    l.step, count(*) AS parcels, min(l.due_at) AS oldest_due
FROM late AS l
LEFT JOIN nodes AS n ON n.node = l.node
LEFT JOIN carriers AS c ON c.carrier = l.carrier
GROUP BY ALL
ORDER BY parcels DESC, l.node, l.carrier, l.step;
