-- ---- one show, as its report tells it -------------------------------------------------------------------------------
-- Every macro takes the show. A report keeps the call of each figure, so that whoever doubts it can ask again here.

-- Which show is it? Grain: one row. begins, ends: its times; of a show that is always open, its first and last payment.
CREATE OR REPLACE MACRO boards.report_show(which) AS TABLE
SELECT
    s.show_id, s.title_zh, s.title_en, s.platform, s.anchors, s.starts_at, s.ends_at,
    coalesce(s.starts_at, o.first_paid) AS begins, coalesce(s.ends_at, o.last_paid) AS ends,
    g.viewers AS peak_viewers
FROM shows AS s
LEFT JOIN (SELECT min(paid_at) AS first_paid, max(paid_at) AS last_paid FROM orders WHERE show_id = which) AS o ON true
LEFT JOIN (SELECT max(viewers) AS viewers FROM live_signals WHERE show_id = which) AS g ON true
WHERE s.show_id = which;

-- What came in with this show's orders? Grain: one row. Batches hold rows of any show: those are counted that were read
-- while the show was on, or that brought an order of it. unpaid: orders seen in its hours and not paid since.
CREATE OR REPLACE MACRO boards.report_intake(which) AS TABLE
WITH hours AS (SELECT begins, ends FROM boards.report_show(which)),
mine AS (
    SELECT DISTINCT b.* FROM intake_batches AS b, hours AS h
    WHERE (b.received_at >= h.begins AND b.received_at <= h.ends)
       OR b.version IN (SELECT DISTINCT version FROM orders WHERE show_id = which)
),
faulty AS (SELECT state, count(*) AS n FROM quarantine WHERE version IN (SELECT version FROM mine) GROUP BY state)
SELECT
    count(*) AS batches, coalesce(sum(read), 0)::BIGINT AS read, coalesce(sum(accepted), 0)::BIGINT AS accepted,
    coalesce(sum(duplicate), 0)::BIGINT AS duplicate, coalesce(sum(unpaid), 0)::BIGINT AS unpaid_rows,
    coalesce(sum(quarantined), 0)::BIGINT AS quarantined,
    coalesce((SELECT sum(n) FROM faulty WHERE state = 'open'), 0)::BIGINT AS still_open,
    (SELECT count(*) FROM unpaid_orders AS u, hours AS h
     WHERE u.created_at >= h.begins AND u.created_at <= h.ends
       AND u.order_id NOT IN (SELECT order_id FROM orders SEMI JOIN unpaid_orders USING (order_id))) AS unpaid
FROM mine;

-- What happened to each parcel of the show? Grain: one planned parcel that holds a standing order of it. due_at: see
-- boards.parcel_journeys. cost_cents: freight and handling of the whole parcel.
CREATE OR REPLACE MACRO boards.report_parcels(which) AS TABLE
WITH mine AS (
    SELECT a.parcel_id, max(o.paid_at) AS paid_at
    FROM boards.standing_picks AS a JOIN (SELECT order_id, paid_at FROM orders WHERE show_id = which) AS o USING (order_id)
    GROUP BY a.parcel_id
)
SELECT
    j.parcel_id, j.node, n.name_zh AS node_zh, n.name_en AS node_en, j.carrier, c.name_zh AS carrier_zh, c.name_en AS carrier_en,
    j.origin, j.destination, m.paid_at, j.planned_at, j.uploaded_at, j.picked_up_at,
    j.first_hub_at, j.arrived_at, t.out_at, j.signed_at, j.stage, j.due_at, j.damaged, j.troubled, p.cost_cents
FROM boards.parcel_journeys((SELECT min(paid_at) - INTERVAL 1 HOUR FROM orders WHERE show_id = which)) AS j
JOIN mine AS m USING (parcel_id)
JOIN parcels AS p USING (parcel_id)
JOIN nodes AS n ON n.node = j.node
JOIN carriers AS c ON c.carrier = j.carrier
LEFT JOIN parcel_tracks AS t ON t.waybill_no = j.waybill_no;

-- What became of each order of the show? Grain: one order. promised_at: what its buyer was promised first. parcels: it
-- stands in. whole_at, signed_at: of its last parcel, null while one is missing; due_at: the latest of its parcels'.
-- complaints: kinds its tickets were sorted as; returned: a ticket asks for a return or has one. stars: as rated.
CREATE OR REPLACE MACRO boards.report_orders(which) AS TABLE
WITH mine AS (SELECT * FROM orders WHERE show_id = which),
moved AS (
    SELECT order_id, arg_min(promise_before, version) AS promised_at
    FROM promise_moves SEMI JOIN mine USING (order_id) GROUP BY order_id
),
planned AS (
    SELECT order_id, min(event_time) AS planned_at FROM order_events SEMI JOIN mine USING (order_id)
    WHERE kind = 'allocated' GROUP BY order_id
),
ways AS (
    SELECT
        a.order_id, count(*) AS parcels,
        CASE WHEN count(j.picked_up_at) = count(*) THEN max(j.picked_up_at) END AS whole_at,
        CASE WHEN count(j.signed_at) = count(*) THEN max(j.signed_at) END AS signed_at,
        CASE WHEN count(j.due_at) = count(*) THEN max(j.due_at) END AS due_at,
        bool_or(j.stage IN ('rejected', 'returning', 'returned')) AS sent_back
    FROM (SELECT DISTINCT order_id, parcel_id FROM boards.standing_picks SEMI JOIN mine USING (order_id)) AS a
    JOIN boards.report_parcels(which) AS j USING (parcel_id)
    GROUP BY a.order_id
),
told AS (
    SELECT t.order_id, bool_or(t.complaint = 'not_received') AS not_received, bool_or(t.complaint = 'damaged') AS damaged,
           bool_or(t.complaint = 'wrong_item') AS wrong_item, bool_or(t.complaint = 'quality') AS quality,
           bool_or(t.claim = 'return' OR t.return_waybill_no IS NOT NULL) AS returned
    FROM tickets AS t SEMI JOIN mine USING (order_id) GROUP BY t.order_id
)
SELECT
    m.order_id, m.outcome, m.status, m.amount_cents, m.units, m.paid_at, m.received_at, m.promise_at,
    coalesce(v.promised_at, m.promise_at) AS promised_at, p.planned_at, coalesce(w.parcels, 0) AS parcels, w.whole_at,
    w.signed_at, w.due_at, coalesce(w.sent_back, false) AS sent_back, coalesce(t.not_received, false) AS not_received,
    coalesce(t.damaged, false) AS damaged, coalesce(t.wrong_item, false) AS wrong_item, coalesce(t.quality, false) AS quality,
    coalesce(t.returned, false) AS returned, r.stars::BIGINT AS stars
FROM mine AS m
LEFT JOIN moved AS v USING (order_id)
LEFT JOIN planned AS p USING (order_id)
LEFT JOIN ways AS w USING (order_id)
LEFT JOIN told AS t USING (order_id)
LEFT JOIN ratings AS r USING (order_id);

-- What did the hold rules catch? Grain: one rule. released: the order went on; an order held by two rules counts for both.
CREATE OR REPLACE MACRO boards.report_holds(which) AS TABLE
SELECT
    found.rule AS rule, count(*) AS orders, count(*) FILTER (status = 'held') AS waiting,
    count(*) FILTER (status IN ('reserved', 'allocated')) AS released,
    count(*) FILTER (status IN ('cancelled', 'refunded')) AS ended
FROM (
    SELECT status, unnest(from_json(reason, '[{"rule": "VARCHAR", "detail": "VARCHAR"}]')) AS found
    FROM orders WHERE show_id = which AND outcome = 'held'
)
GROUP BY found.rule ORDER BY orders DESC, rule;

-- What became of the show's pools? Grain: one SKU. opening: units before the show began; added: net of what came later.
-- refused: orders that were sold out and hold it. unsold_cents: at what the goods cost.
CREATE OR REPLACE MACRO boards.report_pools(which) AS TABLE
WITH hours AS (SELECT begins FROM boards.report_show(which)),
moves AS (
    SELECT m.sku, coalesce(sum(m.delta) FILTER (m."at" <= h.begins), 0)::BIGINT AS opening,
           coalesce(sum(m.delta) FILTER (h.begins IS NULL OR m."at" > h.begins), 0)::BIGINT AS added
    FROM pool_movements AS m, hours AS h WHERE m.show_id = which GROUP BY m.sku
),
refused AS (
    SELECT l.sku, count(DISTINCT l.order_id) AS orders
    FROM order_lines AS l SEMI JOIN (SELECT order_id FROM orders WHERE show_id = which AND outcome = 'sold_out') AS o USING (order_id)
    GROUP BY l.sku
)
SELECT
    b.sku, s.name_zh, s.name_en, m.opening, m.added, b.quantity, b.reserved, b.quantity - b.reserved AS unsold,
    ((b.quantity - b.reserved) * s.cost_cents)::BIGINT AS unsold_cents, coalesce(r.orders, 0) AS refused
FROM pool_balance AS b
JOIN skus AS s USING (sku)
LEFT JOIN moves AS m USING (sku)
LEFT JOIN refused AS r USING (sku)
WHERE b.show_id = which
ORDER BY unsold_cents DESC, b.sku;

-- How far was what the show expected from what was asked for? Grain: one code as sold that the show expected to sell.
CREATE OR REPLACE MACRO boards.report_expected(which) AS TABLE
SELECT i.sku, n.name_zh, n.name_en, i.expected_units AS expected, coalesce(l.units, 0)::BIGINT AS asked,
       abs(i.expected_units - coalesce(l.units, 0))::BIGINT AS apart
FROM show_items AS i
LEFT JOIN boards.sold_names AS n USING (sku)
LEFT JOIN (
    SELECT sold_sku, sum(sold_qty) FILTER (kit IS NULL OR amount_cents > 0) AS units
    FROM order_lines SEMI JOIN (SELECT order_id FROM orders WHERE show_id = which) AS o USING (order_id) GROUP BY sold_sku
) AS l ON l.sold_sku = i.sku
WHERE i.show_id = which AND i.expected_units > 0
ORDER BY apart DESC, i.sku;

-- Which planning rounds placed its orders? Grain: one round with a certificate. A round may have planned other orders too.
CREATE OR REPLACE MACRO boards.report_rounds(which) AS TABLE
SELECT version, "at", method, orders, served, unserved, parcels, cost_cents, lower_bound_cents, gap, took_ms
FROM allocation_rounds
WHERE version IN (SELECT DISTINCT a.version FROM allocations AS a
                  SEMI JOIN (SELECT order_id FROM orders WHERE show_id = which) AS o USING (order_id))
ORDER BY version;

-- What do the clocks of the show's orders stand on? As boards.clock_parts.
CREATE OR REPLACE MACRO boards.report_clock_rows(which) AS TABLE
FROM boards.clock_parts(
    0, boards.never(), (SELECT coalesce(min(version), 1) - 1 FROM orders WHERE show_id = which), '-infinity'::TIMESTAMPTZ
)
SEMI JOIN (SELECT order_id FROM orders WHERE show_id = which) AS mine USING (order_id);

-- What was wrong between two instants? Grain: one alert. told_at: when it was raised; taken_at: when somebody took it;
-- over_at: when it was over. worst: its highest severity. actions, done: proposed for it, and carried out.
CREATE OR REPLACE MACRO boards.report_alerts(since, until) AS TABLE
WITH story AS (
    SELECT alert_id, min("at") FILTER (kind = 'acknowledged') AS taken_at, max("at") FILTER (kind = 'cleared') AS over_at,
           count(*) FILTER (kind = 'escalated') AS escalated, bool_or(severity = 'critical') AS critical
    FROM alert_events GROUP BY alert_id
),
answers AS (
    SELECT cause, count(*) AS actions, count(*) FILTER (state IN ('executed', 'undone')) AS done
    FROM actions WHERE starts_with(cause, 'alert:') GROUP BY cause
)
SELECT
    a.alert_id, a.condition, a.cause, a.raised_at AS told_at, s.taken_at, CASE WHEN a.state = 'cleared' THEN s.over_at END AS over_at,
    coalesce(s.escalated, 0) AS escalated, coalesce(s.critical, false) AS critical, a.under IS NOT NULL AS folded, a.orders,
    a.cents, coalesce(n.actions, 0) AS actions, coalesce(n.done, 0) AS done
FROM alerts AS a
LEFT JOIN story AS s USING (alert_id)
LEFT JOIN answers AS n ON n.cause = 'alert:' || a.alert_id
WHERE a.raised_at <= until AND (a.state <> 'cleared' OR s.over_at >= since)
ORDER BY a.raised_at, a.alert_id;

-- Which delays of many parcels, complaints with one cause and broken cold chains touched the show's orders? Grain: one
-- incident. kind: mass_delay, complaints, cold_chain; cause: JSON; things: parcels or buyers of this show in it.
CREATE OR REPLACE MACRO boards.report_incidents(which) AS TABLE
WITH mine AS (SELECT parcel_id FROM boards.report_parcels(which))
SELECT 'mass_delay' AS kind, d.incident_id, d.cause, NULL AS complaint, d.opened_at, CASE WHEN d.state = 'resolved' THEN d.state_at END AS ended_at,
       count(*) AS things
FROM mass_delays AS d JOIN mass_delay_parcels AS p USING (incident_id) SEMI JOIN mine USING (parcel_id) GROUP BY ALL
UNION ALL
SELECT 'complaints', i.incident_id, i.cause, i.complaint, i.opened_at, CASE WHEN i.state = 'resolved' THEN i.state_at END,
       count(DISTINCT t.order_id)
FROM incidents AS i JOIN incident_tickets AS x USING (incident_id) JOIN tickets AS t USING (ticket_id)
SEMI JOIN (SELECT order_id FROM orders WHERE show_id = which) AS o ON o.order_id = t.order_id GROUP BY ALL
UNION ALL
SELECT 'cold_chain', e.excursion_id, to_json([[e.breach, b.subject]])::VARCHAR, NULL, e.started_at, e.ended_at, count(*)
FROM cold_excursions AS e JOIN cold_probes AS b USING (probe_id) JOIN mine AS m ON m.parcel_id = b.subject
WHERE b.carried = 'parcel' GROUP BY ALL
ORDER BY opened_at, incident_id;

-- What did buyers complain of? Grain: one ticket of an order of the show. complaint: null while nobody is sure.
CREATE OR REPLACE MACRO boards.report_tickets(which) AS TABLE
SELECT t.ticket_id, t.order_id, t.complaint, t.claim, t.asked_at, t.state, t.refund_cents
FROM tickets AS t SEMI JOIN (SELECT order_id FROM orders WHERE show_id = which) AS o USING (order_id);

-- What became of the goods that buyers signed for? Grain: one SKU. A unit counts once a measure however many tickets it has.
CREATE OR REPLACE MACRO boards.report_goods(which) AS TABLE
WITH goods AS (
    SELECT a.parcel_id, a.order_id, a.sku, sum(a.qty)::BIGINT AS units
    FROM boards.standing_picks AS a
    SEMI JOIN (SELECT order_id FROM orders WHERE show_id = which) AS o USING (order_id)
    SEMI JOIN (SELECT parcel_id FROM boards.report_parcels(which) WHERE signed_at IS NOT NULL) AS p USING (parcel_id)
    GROUP BY ALL
),
told AS (
    SELECT g.parcel_id, g.order_id, g.sku, t.ticket_id, any_value(t.complaint) AS complaint,
           bool_or(t.claim = 'return' OR t.return_waybill_no IS NOT NULL) AS returned, sum(g.qty)::BIGINT AS qty
    FROM ticket_goods AS g SEMI JOIN goods USING (parcel_id, order_id, sku) JOIN tickets AS t USING (ticket_id)
    GROUP BY g.parcel_id, g.order_id, g.sku, t.ticket_id
),
counted AS (
    SELECT parcel_id, order_id, sku, max(qty) FILTER (complaint = 'damaged') AS damaged, max(qty) FILTER (returned) AS returned,
           max(qty) FILTER (complaint = 'quality') AS quality, max(qty) FILTER (complaint = 'wrong_item') AS wrong_item
    FROM told GROUP BY ALL
)
SELECT
    g.sku, s.name_zh, s.name_en, s.packaging, s.supplier, sum(g.units)::BIGINT AS units,
    sum(least(coalesce(c.damaged, 0), g.units))::BIGINT AS damaged, sum(least(coalesce(c.returned, 0), g.units))::BIGINT AS returned,
    sum(least(coalesce(c.quality, 0), g.units))::BIGINT AS quality, sum(least(coalesce(c.wrong_item, 0), g.units))::BIGINT AS wrong_item
FROM goods AS g JOIN skus AS s USING (sku) LEFT JOIN counted AS c USING (parcel_id, order_id, sku)
GROUP BY ALL ORDER BY damaged DESC, returned DESC, g.sku;

-- What was given to its buyers? Grain: one remedy and state; remedy wait: owed to buyers who agreed to wait.
CREATE OR REPLACE MACRO boards.report_amends(which) AS TABLE
WITH mine AS (SELECT order_id FROM orders WHERE show_id = which)
SELECT remedy, state, count(*) AS times, sum(pay_cents)::BIGINT AS pay_cents, sum(cost_cents)::BIGINT AS cost_cents
FROM compensations SEMI JOIN mine USING (order_id) GROUP BY ALL
UNION ALL
SELECT 'wait', 'owed', count(*), sum(cents)::BIGINT, sum(cents)::BIGINT FROM delay_compensations SEMI JOIN mine USING (order_id)
HAVING count(*) > 0
ORDER BY remedy, state;

-- How far is the show's budget used? One row, or none where no budget was needed yet.
CREATE OR REPLACE MACRO boards.report_budget(which) AS TABLE
SELECT cents, committed_cents, set_by FROM compensation_budgets WHERE budget_key = which;

-- What did the room do, and what did it bring? Grain: one action about the show, or about the whole room in its hours and the
-- time after; what is about another show is left out. name_*: of its subject, in words. detail: of its execution. verdict and what follows: null until judged.
CREATE OR REPLACE MACRO boards.report_actions(which, since, until) AS TABLE
WITH parts AS (
    SELECT action_id, unnest(string_split(subject, '/')) AS part, generate_subscripts(string_split(subject, '/'), 1) AS place
    FROM actions
),
named AS (
    SELECT p.action_id, string_agg(coalesce(n.name_zh, p.part), ' · ' ORDER BY p.place) AS name_zh,
           string_agg(coalesce(n.name_en, p.part), ' · ' ORDER BY p.place) AS name_en
    FROM parts AS p
    LEFT JOIN (SELECT code, any_value(name_zh) AS name_zh, any_value(name_en) AS name_en FROM boards.actionable GROUP BY code) AS n
      ON n.code = p.part
    GROUP BY p.action_id
)
SELECT
    a.action_id, a.kind, a.subject, m.name_zh, m.name_en, a.why, a.state, a.state_at, a.proposed_at, a.preview, a.orders, a.cost_cents, a.gain_cents,
    l.actor, l.reason, x.detail, x."at" AS executed_at, a.judge_at, o.verdict, o.measure, o.method, o.effect, o.low, o.high,
    o.concerned, o.compared
FROM actions AS a
JOIN named AS m USING (action_id)
LEFT JOIN (SELECT action_id, arg_max(actor, step) AS actor, arg_max(reason, step) AS reason FROM action_events GROUP BY action_id) AS l
  USING (action_id)
LEFT JOIN (SELECT action_id, detail, "at" FROM action_events WHERE state = 'executed') AS x USING (action_id)
LEFT JOIN action_outcomes AS o USING (action_id)
WHERE split_part(a.subject, '/', 1) = which
   OR (a.proposed_at >= since AND a.proposed_at <= until
       AND split_part(a.subject, '/', 1) NOT IN (SELECT show_id FROM shows))
ORDER BY a.proposed_at, a.action_id;

-- ---- reports that were kept ----------------------------------------------------------------------------------------

-- Which reports are there? Grain: one report, the newest first; what they say is read one at a time.
CREATE OR REPLACE VIEW boards.kept_reports AS
SELECT r.show_id, s.title_zh, s.title_en, s.ends_at, r.report_no, r.made_at, r.made_by, r.occasion, r.data_version
FROM reports AS r LEFT JOIN shows AS s USING (show_id)
ORDER BY r.made_at DESC, r.show_id, r.report_no DESC;

-- Of which shows can a report be written? Grain: one show that has orders, the newest first. reports: kept so far.
CREATE OR REPLACE VIEW boards.shows_to_report AS
SELECT s.show_id, s.title_zh, s.title_en, s.starts_at, s.ends_at, o.orders, coalesce(r.reports, 0) AS reports
FROM shows AS s
JOIN (SELECT show_id, count(*) AS orders FROM orders GROUP BY show_id) AS o USING (show_id)
LEFT JOIN (SELECT show_id, count(*) AS reports FROM reports GROUP BY show_id) AS r USING (show_id)
ORDER BY s.starts_at DESC NULLS LAST, s.show_id;

-- What evidence is there on these parcels? Grain: one of the parcels `wanted`. scans: what the carrier told, with its moment,
-- the oldest first; numbers of people hidden. incident: JSON cause of the mass delay that held the parcel up.
CREATE OR REPLACE MACRO boards.report_evidence(wanted) AS TABLE
WITH mine AS (SELECT DISTINCT unnest(wanted::VARCHAR[]) AS parcel_id),
numbers AS (
    SELECT parcel_id, max(waybill_no) AS waybill_no FROM waybills SEMI JOIN mine USING (parcel_id) GROUP BY parcel_id
),
scans AS (
    SELECT e.waybill_no, string_agg(strftime(timezone('Asia/Shanghai', e.event_time), '%Y-%m-%d %H:%M') || ' ' || e.scan || ' '
               || coalesce(boards.without_phones(e.place), ''), '; ' ORDER BY e.event_time, e.event_key) AS scans
    FROM tracking_events AS e SEMI JOIN numbers USING (waybill_no) ANTI JOIN tracking_retractions AS r USING (event_key)
    GROUP BY e.waybill_no
)
SELECT m.parcel_id, n.waybill_no, s.scans, d.cause AS incident
FROM mine AS m LEFT JOIN numbers AS n USING (parcel_id) LEFT JOIN scans AS s ON s.waybill_no = n.waybill_no
LEFT JOIN mass_delay_parcels AS p ON p.parcel_id = m.parcel_id LEFT JOIN mass_delays AS d USING (incident_id);
