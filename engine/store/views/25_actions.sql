-- ---- actions: what waits for a decision, and what became of what was decided ---------------------------------------

-- What waits for a person? Grain: one action that is open. trouble: why it failed, where it did.
CREATE OR REPLACE VIEW boards.open_actions AS
SELECT
    a.action_id, a.kind, a.subject, a.params, a.cause, a.why, a.desk, a.reversibility, a.proposed_at, a.proposed_by,
    a.expires_at, a.preview, a.orders, a.stake_cents, a.cost_cents, a.gain_cents, a.inputs, a.approver, a.state,
    CASE WHEN a.state = 'failed' THEN e.reason END AS trouble
FROM actions AS a
LEFT JOIN (SELECT action_id, arg_max(reason, step) AS reason FROM action_events GROUP BY action_id) AS e USING (action_id)
WHERE a.state IN ('proposed', 'approved', 'failed')
ORDER BY a.expires_at, a.action_id;

-- What became of what was decided? Grain: one action that is decided, the newest first. done_at, done_by: of its last
-- move; detail: of its execution; verdict and what follows: null until its outcome was judged.
CREATE OR REPLACE VIEW boards.decided_actions AS
SELECT
    a.action_id, a.kind, a.subject, a.why, a.desk, a.reversibility, a.state, a.state_at, l.actor, l.reason,
    a.orders, a.stake_cents, x.detail, x."at" AS executed_at, a.judge_at,
    o.verdict, o.measure, o.method, o.effect, o.low, o.high, o.concerned, o.compared
FROM actions AS a
JOIN (
    SELECT action_id, arg_max(actor, step) AS actor, arg_max(reason, step) AS reason FROM action_events GROUP BY action_id
) AS l USING (action_id)
LEFT JOIN (SELECT action_id, detail, "at" FROM action_events WHERE state = 'executed') AS x USING (action_id)
LEFT JOIN action_outcomes AS o USING (action_id)
WHERE a.state IN ('executed', 'undone', 'rejected', 'expired')
ORDER BY a.state_at DESC, a.version DESC;

-- How did actions fare in the 24 hours before `as_of`? One row.
CREATE OR REPLACE MACRO boards.action_totals(as_of) AS TABLE
SELECT
    count(*) FILTER (state IN ('proposed', 'approved', 'failed')) AS open,
    coalesce(sum(stake_cents) FILTER (state IN ('proposed', 'approved', 'failed')), 0)::BIGINT AS stake_cents,
    count(*) FILTER (state IN ('proposed', 'approved', 'failed') AND expires_at <= as_of + INTERVAL 10 MINUTE) AS pressing,
    count(*) FILTER (state IN ('executed', 'undone') AND state_at > as_of - INTERVAL 24 HOUR) AS executed,
    count(*) FILTER (state = 'undone' AND state_at > as_of - INTERVAL 24 HOUR) AS undone,
    count(*) FILTER (o.verdict IS NOT NULL) AS judged,
    count(*) FILTER (o.verdict = 'worked') AS worked,
    count(*) FILTER (o.verdict = 'no_effect') AS no_effect
FROM actions AS a LEFT JOIN action_outcomes AS o USING (action_id);

-- What is there that an action can be about? Grain: one thing. what: Of, as parameters name it.
CREATE OR REPLACE VIEW boards.actionable AS
SELECT 'show' AS what, show_id AS code, title_zh AS name_zh, title_en AS name_en FROM shows
UNION ALL SELECT 'sku', sku, name_zh, name_en FROM skus
UNION ALL SELECT 'node', node, name_zh, name_en FROM nodes
UNION ALL SELECT 'carrier', carrier, name_zh, name_en FROM carriers
UNION ALL SELECT 'lot', l.lot, s.name_zh, s.name_en FROM lots AS l JOIN skus AS s USING (sku)
UNION ALL SELECT 'improvement', i.improvement_id, s.name_zh || ' · ' || i.carrier || ' · ' || i.area,
                 s.name_en || ' · ' || i.carrier || ' · ' || i.area
FROM improvements AS i JOIN skus AS s USING (sku) WHERE i.state = 'proposed'
UNION ALL SELECT DISTINCT 'province', province, province, province FROM quota_balance
ORDER BY what, code;

-- Which parcels are carriers asked to bring back? Grain: one parcel whose request stands and that the scans do not show on
-- its way back, nor at its buyer's.
CREATE OR REPLACE VIEW boards.open_intercepts AS
SELECT i.request_id, i.parcel_id, i.waybill_no, i.carrier, i.why, i.asked_at, t.stage, t.last_place
FROM intercepts AS i
LEFT JOIN parcel_tracks AS t ON t.waybill_no = i.waybill_no
WHERE i.state = 'asked'
  AND coalesce(t.stage, '') NOT IN ('returning', 'returned', 'signed', 'rejected', 'cancelled', 'lost')
ORDER BY i.asked_at, i.parcel_id;
