-- ---- notices of platforms that somebody entered ------------------------------------------------------------------------

-- Which notices were entered? Grain: one notice, the newest first; withdrawn_at null: it stands.
CREATE OR REPLACE VIEW boards.exemption_list AS
SELECT
    n.notice_id, n.platform, n.notice, n.regions, n.place, n.since, n.until, n.clauses, n.entered_at, n.entered_by,
    w."at" AS withdrawn_at, w.reason AS withdrawn_because
FROM exemption_notices AS n LEFT JOIN exemption_withdrawals AS w USING (notice_id)
ORDER BY n.entered_at DESC, n.notice_id;
