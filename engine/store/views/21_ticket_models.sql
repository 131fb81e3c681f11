-- ---- who says what a complaint is about ----------------------------------------------------------------------------

-- Which classifiers were trained? Grain: one model, the newest first.
CREATE OR REPLACE VIEW boards.trained_classifiers AS
SELECT
    model_id, trained_at, state, shipped, corrections, tested, accuracy, champion_accuracy, why, card
FROM ticket_models
ORDER BY version DESC;

-- What did operators say a ticket is about, last of all? Grain: one ticket with an operator's label, oldest first.
-- words: the buyer's, or the platform's reason where there are none, as the classifier read them.
CREATE OR REPLACE VIEW boards.ticket_corrections AS
SELECT l.version, l."at", l.ticket_id, l.complaint, l.actor, CASE WHEN t.said = '' THEN coalesce(t.reason, '') ELSE t.said END AS words
FROM ticket_labels AS l JOIN tickets AS t USING (ticket_id)
WHERE l.labelled_by = 'operator' AND l.complaint IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY l.ticket_id ORDER BY l.version DESC) = 1
ORDER BY l.version, l.ticket_id;

-- What had the classifier said of what operators corrected? Grain: one of the newest 200 corrections, newest first.
-- machine: its last label before the correction, null where it abstained or was not asked.
CREATE OR REPLACE VIEW boards.newest_corrections AS
SELECT c."at", c.ticket_id, c.words, c.complaint, c.actor, m.complaint AS machine, m.confidence
FROM (SELECT * FROM boards.ticket_corrections ORDER BY version DESC LIMIT 200) AS c
LEFT JOIN (
    SELECT l.ticket_id, l.complaint, l.confidence, l.version
    FROM ticket_labels AS l
    WHERE l.labelled_by = 'classifier'
    QUALIFY row_number() OVER (PARTITION BY l.ticket_id ORDER BY l.version DESC) = 1
) AS m ON m.ticket_id = c.ticket_id AND m.version < c.version
ORDER BY c.version DESC, c.ticket_id;

-- How much of the machine's work stands? Grain: one row over the labels of the last 28 days before `as_of`.
CREATE OR REPLACE MACRO boards.ticket_label_totals(as_of) AS TABLE
SELECT
    count(*) FILTER (labelled_by = 'classifier') AS read, count(*) FILTER (labelled_by = 'classifier' AND complaint IS NULL) AS unsure,
    count(*) FILTER (labelled_by = 'operator') AS corrected, max("at") AS newest
FROM ticket_labels
WHERE "at" > as_of - INTERVAL 28 DAY;

-- Which tickets has no person labelled? Grain: one ticket with words, the newest first.
CREATE OR REPLACE MACRO boards.unjudged_tickets(since, most) AS TABLE
SELECT ticket_id, asked_at, CASE WHEN said = '' THEN reason ELSE said END AS words
FROM tickets
WHERE asked_at > since AND labelled_by IS DISTINCT FROM 'operator' AND coalesce(nullif(said, ''), reason, '') <> ''
ORDER BY asked_at DESC, ticket_id LIMIT most;
