-- ---- alerts --------------------------------------------------------------------------------------------------------

-- What is wrong now? Grain: one alert that stands. root: condition and id of the alert that explains it; folded: how many
-- it explains itself; action_id: the newest action that was proposed for it, with its state.
CREATE OR REPLACE VIEW boards.standing_alerts AS
SELECT
    a.alert_id, a.condition, a.cause, a.raised_at, a.state, a.state_at, a.severity, a.under, r.condition AS root,
    a.measure, a.orders, a.cents, a.facts, a.silence, coalesce(f.folded, 0) AS folded, p.action_id, p.state AS action_state
FROM alerts AS a
LEFT JOIN alerts AS r ON r.alert_id = a.under
LEFT JOIN (SELECT under, count(*) AS folded FROM alerts WHERE under IS NOT NULL AND state <> 'cleared' GROUP BY under) AS f
    ON f.under = a.alert_id
LEFT JOIN (
    SELECT cause, arg_max(action_id, version) AS action_id, arg_max(state, version) AS state
    FROM actions WHERE starts_with(cause, 'alert:') GROUP BY cause
) AS p ON p.cause = 'alert:' || a.alert_id
WHERE a.state <> 'cleared';

-- What happened to alerts? Grain: one event.
CREATE OR REPLACE VIEW boards.alert_story AS
SELECT e."at", e.alert_id, a.condition, a.facts, e.kind, e.severity, e.reason, e.actor, e.version
FROM alert_events AS e JOIN alerts AS a ON a.alert_id = e.alert_id;

-- What are the things called that alerts are about? Grain: one article, node or carrier.
CREATE OR REPLACE VIEW boards.names_in_alerts AS
SELECT sku AS code, name_zh, name_en FROM skus
UNION ALL SELECT node, name_zh, name_en FROM nodes
UNION ALL SELECT carrier, name_zh, name_en FROM carriers
-- Of a division there is one name; the dashboard has the other languages.
UNION ALL SELECT DISTINCT left(adcode, 2), province, province FROM regions;
