-- ---- one box for everything: what is meant, and all that happened to it --------------------------------------------
--
-- Every trail has the same columns. source says what tells it, kind what happened there (a word of that source's own),
-- subject the thing it happened to, words a sentence or what somebody wrote, figures what belongs to it, separated by |.

-- What is meant by exactly these words? Grain: one thing. order_id: whose story tells of it; null: it has its own.
CREATE OR REPLACE MACRO boards.things_meant(asked) AS TABLE
SELECT 'order' AS thing, order_id AS id, order_id, received_at AS "at" FROM orders
WHERE order_id IN (asked, 'douyin:' || asked, 'kuaishou:' || asked, 'channels:' || asked, 'other:' || asked)
UNION ALL
SELECT DISTINCT ON (order_id) 'parcel', parcel_id, order_id, planned_at
FROM allocations JOIN (SELECT parcel_id, planned_at FROM parcels WHERE parcel_id = asked) AS p USING (parcel_id)
UNION ALL
SELECT DISTINCT ON (w.waybill_no, a.order_id) 'waybill', w.waybill_no, a.order_id, w.uploaded_at
FROM waybills AS w JOIN allocations AS a USING (parcel_id) WHERE w.waybill_no = asked
UNION ALL
SELECT 'waybill', waybill_no, NULL, last_scan_at FROM parcel_tracks WHERE waybill_no = asked AND parcel_id IS NULL
UNION ALL
SELECT 'ticket', ticket_id, order_id, asked_at FROM tickets
WHERE ticket_id = asked OR ticket_no = asked OR return_waybill_no = asked
UNION ALL
SELECT 'action', action_id, NULL, proposed_at FROM actions WHERE action_id = asked
UNION ALL
SELECT 'alert', alert_id, NULL, raised_at FROM alerts WHERE alert_id = asked
UNION ALL
SELECT 'incident', incident_id, NULL, opened_at FROM incidents WHERE incident_id = asked
UNION ALL
SELECT 'mass_delay', incident_id, NULL, opened_at FROM mass_delays WHERE incident_id = asked
UNION ALL
SELECT 'compensation', compensation_id, order_id, proposed_at FROM compensations WHERE compensation_id = asked
UNION ALL
SELECT 'offer', offer_id, order_id, offered_at FROM delay_offers WHERE offer_id = asked
UNION ALL
SELECT 'wave', wave_id, NULL, released_at FROM waves WHERE wave_id = asked
UNION ALL
SELECT 'lot', lot, NULL, NULL FROM lots WHERE lot = asked
UNION ALL
SELECT 'sku', sku, NULL, NULL FROM boards.sold_names WHERE asked IN (sku, name_zh) OR lower(name_en) = lower(asked);

-- Which orders did a buyer place? Grain: one order, newest first. By the whole of what the platform shows of the buyer,
-- or by the last four digits of the telephone where the platform leaves them.
CREATE OR REPLACE MACRO boards.orders_of_buyer(asked) AS TABLE
SELECT 'order' AS thing, order_id AS id, order_id, received_at AS "at" FROM orders
WHERE buyer = asked OR (length(asked) = 4 AND ends_with(buyer, asked))
ORDER BY received_at DESC;

-- What begins like this? Grain: one thing.
CREATE OR REPLACE MACRO boards.things_beginning(asked) AS TABLE
SELECT 'order' AS thing, order_id AS id, order_id, received_at AS "at" FROM orders WHERE order_no ^@ split_part(asked, ':', -1)
UNION ALL
SELECT 'waybill', waybill_no, NULL, stage_at FROM parcel_tracks WHERE waybill_no ^@ asked
UNION ALL
SELECT 'ticket', ticket_id, order_id, asked_at FROM tickets WHERE ticket_id ^@ asked OR ticket_no ^@ asked
UNION ALL
SELECT 'action', action_id, NULL, proposed_at FROM actions WHERE action_id ^@ asked
UNION ALL
SELECT 'lot', lot, NULL, NULL FROM lots WHERE lot ^@ asked
UNION ALL
SELECT 'sku', sku, NULL, NULL FROM boards.sold_names WHERE sku ^@ upper(asked) OR contains(name_zh, asked) OR contains(lower(name_en), lower(asked));

-- Which orders are these, in a line each? Grain: one order of a list of ids.
CREATE OR REPLACE MACRO boards.orders_in_a_line(ids) AS TABLE
SELECT o.order_id, boards.masked(o.buyer) AS buyer, o.province, o.paid_at, o.amount_cents, o.status
FROM orders AS o JOIN (SELECT unnest(CAST(ids AS VARCHAR[])) AS order_id) AS w USING (order_id);

-- Where its goods went. Grain: one event of an order's parcels on our side.
CREATE OR REPLACE MACRO boards.parcel_trail(wanted) AS TABLE
WITH mine AS MATERIALIZED (
    SELECT parcel_id, any_value(node) AS node, any_value(carrier) AS carrier FROM allocations WHERE order_id = wanted GROUP BY parcel_id
)
SELECT p.planned_at AS "at", 'planned' AS source, 'planned' AS kind, p.parcel_id AS subject, NULL AS words,
       p.node || '|' || p.carrier || '|' || p.cost_cents AS figures, NULL AS actor, p.version
FROM parcels AS p JOIN mine USING (parcel_id)
UNION ALL
SELECT "at", 'moved', kind, parcel_id, NULL, NULL, NULL, version FROM ended_allocations WHERE order_id = wanted
UNION ALL
SELECT "at", 'stuck', reason, coalesce(parcel_id, ''), detail, NULL, NULL, version FROM stuck_orders WHERE order_id = wanted
UNION ALL
SELECT w.released_at, 'wave', w.reason, w.wave_id, NULL, NULL, w.released_by, w.version
FROM wave_parcels AS v JOIN mine USING (parcel_id) JOIN waves AS w USING (wave_id)
UNION ALL
SELECT min(uploaded_at), 'waybill', 'uploaded', waybill_no, NULL, NULL, NULL, min(version)
FROM waybills JOIN mine USING (parcel_id) GROUP BY waybill_no
UNION ALL
SELECT booked_at, 'stock', 'booked_out', parcel_id, NULL, NULL, NULL, version FROM departures JOIN mine USING (parcel_id)
UNION ALL
SELECT booked_at, 'stock', 'booked_out', parcel_id, NULL, NULL, NULL, left_version FROM departures_undone JOIN mine USING (parcel_id)
UNION ALL
SELECT undone_at, 'stock', 'booked_back', parcel_id, NULL, NULL, NULL, version FROM departures_undone JOIN mine USING (parcel_id)
UNION ALL
SELECT e."at", 'stop', e.kind, e.parcel_id, e.reason, NULL, e.actor, e.version FROM pick_stop_events AS e WHERE e.order_id = wanted
UNION ALL
SELECT made_at, 'forecast', occasion, parcel_id, NULL,
       late_pick_up || '|' || late_delivery || '|' || CAST(epoch(eta_p50) AS BIGINT), NULL, version
FROM parcel_forecasts JOIN mine USING (parcel_id)
UNION ALL
SELECT deadline, 'clause', clause, parcel_id, NULL, chance || '|' || cents, NULL, version FROM clause_chances JOIN mine USING (parcel_id)
UNION ALL
SELECT e."at", 'alarm', e.kind, a.alarm_id, a.watch, e.orders || '|' || e.cents, NULL, e.version
FROM clock_alarms AS a
JOIN mine ON mine.carrier = a.carrier AND mine.node = a.place
JOIN clock_alarm_events AS e USING (alarm_id)
JOIN parcels AS p ON p.parcel_id = mine.parcel_id AND e."at" >= p.planned_at
LEFT JOIN departures AS d ON d.parcel_id = mine.parcel_id
WHERE d.picked_up_at IS NULL OR e."at" < d.picked_up_at
UNION ALL
SELECT x."at", 'mass_delay', 'held_up', x.incident_id, NULL, NULL, NULL, x.version FROM mass_delay_parcels AS x JOIN mine USING (parcel_id)
UNION ALL
SELECT c.started_at, 'cold', c.breach, b.subject, NULL, c.peak || '|' || c.minutes, NULL, c.version
FROM cold_probes AS b JOIN mine ON mine.parcel_id = b.subject JOIN cold_excursions AS c USING (probe_id)
UNION ALL
SELECT c.event_time, 'rider', c.state, c.courier, NULL, NULL, c.actor, c.version FROM courier_task_changes AS c JOIN mine USING (parcel_id);

-- What the carrier told of it. Grain: one scan of one of its parcels that its provider did not take back.
CREATE OR REPLACE MACRO boards.scan_trail(wanted) AS TABLE
SELECT e.event_time AS "at", 'scan' AS source, coalesce(e.trouble, e.scan) AS kind, e.waybill_no AS subject,
       concat_ws(' ', e.place, e.said) AS words, CAST(NULL AS VARCHAR) AS figures, e.provider AS actor, e.version
FROM tracking_events AS e
WHERE e.waybill_no IN (
    SELECT waybill_no FROM waybills WHERE parcel_id IN (SELECT parcel_id FROM allocations WHERE order_id = wanted)
) AND e.event_key NOT IN (SELECT event_key FROM tracking_retractions);

-- What its buyer was told, asked for and given. Grain: one event.
CREATE OR REPLACE MACRO boards.buyer_trail(wanted) AS TABLE
WITH asked AS MATERIALIZED (SELECT ticket_id FROM tickets WHERE order_id = wanted)
SELECT asked_at AS "at", 'ticket' AS source, claim AS kind, ticket_id AS subject, said AS words, CAST(NULL AS VARCHAR) AS figures, CAST(NULL AS VARCHAR) AS actor, version
FROM tickets WHERE order_id = wanted
UNION ALL
SELECT event_time, 'ticket_event', kind, ticket_id, reason, NULL, actor, version FROM ticket_events JOIN asked USING (ticket_id)
UNION ALL
SELECT "at", 'label', coalesce(complaint, ''), ticket_id, NULL, NULL, actor, version FROM ticket_labels JOIN asked USING (ticket_id)
UNION ALL
SELECT "at", 'incident', 'joined', incident_id, NULL, NULL, NULL, version FROM incident_tickets JOIN asked USING (ticket_id)
UNION ALL
SELECT proposed_at, 'compensation', remedy, compensation_id, NULL, CAST(pay_cents AS VARCHAR), NULL, version
FROM compensations WHERE order_id = wanted
UNION ALL
SELECT e.event_time, 'compensation_event', e.kind, e.compensation_id, e.reason, NULL, e.actor, e.version
FROM compensation_events AS e JOIN (SELECT compensation_id FROM compensations WHERE order_id = wanted) AS c USING (compensation_id)
UNION ALL
SELECT owed_at, 'owed', form, offer_id, NULL, CAST(cents AS VARCHAR), NULL, version FROM delay_compensations WHERE order_id = wanted
UNION ALL
SELECT offered_at, 'option', option, incident_id, NULL, CAST(compensation_cents AS VARCHAR), offered_by, version
FROM buyer_options WHERE order_id = wanted
UNION ALL
SELECT asked_at, 'request', wish, request_id, NULL, NULL, NULL, version FROM buyer_requests WHERE order_id = wanted
UNION ALL
SELECT event_time, 'request_event', kind, request_id, reason, NULL, actor, version FROM buyer_request_events WHERE order_id = wanted
UNION ALL
SELECT made_at, 'link', 'made', '', NULL, NULL, NULL, version FROM track_links WHERE order_id = wanted
UNION ALL
SELECT created_at, 'notice', kind, channel, NULL, NULL, NULL, version FROM notices WHERE order_id = wanted
UNION ALL
SELECT e."at", 'notice_event', e.state, e.channel, e.detail, NULL, e.actor, e.version
FROM notice_events AS e JOIN (SELECT notice_id FROM notices WHERE order_id = wanted) AS n USING (notice_id)
UNION ALL
SELECT received_at, 'quarantine', 'fault', source, fault, NULL, NULL, version FROM quarantine WHERE order_id = wanted
UNION ALL
SELECT resolved_at, 'quarantine', state, source, NULL, NULL, resolved_by, version FROM quarantine
WHERE order_id = wanted AND resolved_at IS NOT NULL;

-- What happened to goods: a SKU, or one lot of it. Grain: one event, newest first.
CREATE OR REPLACE MACRO boards.goods_trail(code) AS TABLE
SELECT * FROM (
    SELECT "at", 'movement' AS source, kind, node || ' · ' || lot AS subject, reference AS words,
           on_hand_delta || '|' || quarantined_delta AS figures, NULL AS actor, version
    FROM stock_movements WHERE lot = code OR sku = code
    UNION ALL
    SELECT "at", 'pool', 'pool', show_id, reason, CAST(delta AS VARCHAR), NULL, version FROM pool_movements WHERE sku = code
    UNION ALL
    SELECT "at", 'steering', kind, coalesce(lot, ''), reason, CAST(units AS VARCHAR), actor, version FROM steering_changes WHERE lot = code
    UNION ALL
    SELECT said_at, 'spoken', 'said', promise_id, words, NULL, logged_by, version FROM spoken_promises WHERE sku = code
    UNION ALL
    SELECT opened_at, 'incident', 'opened', incident_id, NULL, CAST(buyers AS VARCHAR), NULL, version FROM incidents
    WHERE contains(cause, '"' || code || '"')
    UNION ALL
    SELECT e."at", 'action', e.state, e.action_id, e.reason, NULL, e.actor, e.version
    FROM action_events AS e JOIN (SELECT action_id FROM actions WHERE list_contains(string_split(subject, '/'), code)) AS a USING (action_id)
) AS told ORDER BY "at" DESC;

-- What happened to a card of ours: an action, an incident, a mass delay, a ticket without an order, a wave. Grain: one
-- event, newest first.
CREATE OR REPLACE MACRO boards.card_trail(id) AS TABLE
SELECT * FROM (
    SELECT "at", 'action' AS source, state AS kind, action_id AS subject, reason AS words, CAST(NULL AS VARCHAR) AS figures, actor, version
    FROM action_events WHERE action_id = id
    UNION ALL
    SELECT "at", 'alert', kind, alert_id, reason, NULL, actor, version FROM alert_events WHERE alert_id = id
    UNION ALL
    SELECT judged_at, 'outcome', verdict, action_id, NULL, NULL, NULL, version FROM action_outcomes WHERE action_id = id
    UNION ALL
    SELECT created_at, 'notice', kind, channel, NULL, NULL, NULL, version FROM notices WHERE action_id = id
    UNION ALL
    SELECT "at", 'incident_event', state, incident_id, reason, NULL, actor, version FROM incident_events WHERE incident_id = id
    UNION ALL
    SELECT "at", 'incident_event', state, incident_id, reason, NULL, actor, version FROM mass_delay_events WHERE incident_id = id
    UNION ALL
    SELECT asked_at, 'ticket', claim, ticket_id, said, NULL, NULL, version FROM tickets WHERE ticket_id = id
    UNION ALL
    SELECT event_time, 'ticket_event', kind, ticket_id, reason, NULL, actor, version FROM ticket_events WHERE ticket_id = id
    UNION ALL
    SELECT "at", 'label', coalesce(complaint, ''), ticket_id, NULL, NULL, actor, version FROM ticket_labels WHERE ticket_id = id
    UNION ALL
    SELECT event_time, 'scan', coalesce(trouble, scan), waybill_no, concat_ws(' ', place, said), NULL, provider, version
    FROM tracking_events WHERE waybill_no = id
    UNION ALL
    SELECT released_at, 'wave', reason, wave_id, NULL, NULL, released_by, version FROM waves WHERE wave_id = id
) AS told ORDER BY "at" DESC;

-- Who did what to exactly this? Grain: one commit about it, newest first.
CREATE OR REPLACE MACRO boards.commits_about(id) AS TABLE
SELECT "at", 'audit' AS source, verb AS kind, subject, detail AS words, CAST(NULL AS VARCHAR) AS figures, actor, version
FROM audit WHERE subject = id ORDER BY version DESC;
