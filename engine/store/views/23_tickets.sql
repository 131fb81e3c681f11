-- ---- after-sales tickets -------------------------------------------------------------------------------------------

-- Which tickets fit? Each argument is null where it does not matter: desk, state, complaint ('unsure' is none that
-- anybody is sure of), asked before a moment, and a word that their text, number or order holds. Grain: one ticket.
CREATE OR REPLACE MACRO boards.tickets_that_fit(at_desk, in_state, about, asked_before, word) AS TABLE
SELECT * FROM tickets
WHERE (at_desk IS NULL OR desk = at_desk)
  AND (in_state IS NULL OR state = in_state)
  AND (about IS NULL OR (CASE about WHEN 'unsure' THEN complaint IS NULL ELSE complaint = about END))
  AND (asked_before IS NULL OR asked_at < asked_before)
  AND (word IS NULL OR contains(lower(said), lower(word)) OR contains(lower(ticket_id), lower(word))
       OR contains(lower(coalesce(order_id, '')), lower(word)));

-- One page of them, what is owed first on top. Grain: one ticket. fitting: how many there are on all pages together;
-- evidence: words by which the machine judged, as JSON.
CREATE OR REPLACE MACRO boards.ticket_page(at_desk, in_state, about, asked_before, word, most, before) AS TABLE
WITH page AS (
    SELECT ticket_id, count(*) OVER () AS fitting
    FROM boards.tickets_that_fit(at_desk, in_state, about, asked_before, word)
    ORDER BY state = 'resolved', due_at NULLS LAST, ticket_id LIMIT most OFFSET before
)
SELECT p.ticket_id, p.platform, p.ticket_no, p.order_id, boards.masked(p.buyer) AS buyer, p.claim, p.reason, p.said,
       p.asked_at, p.refund_cents, p.complaint, p.confidence, p.labelled_by, p.desk, p.state, p.state_at, p.due_at,
       coalesce(l.evidence, '[]') AS evidence, n.fitting
FROM page AS n JOIN tickets AS p ON p.ticket_id = n.ticket_id
LEFT JOIN (
    SELECT ticket_id, arg_max(evidence, version) AS evidence FROM ticket_labels
    WHERE labelled_by = 'classifier' AND ticket_id IN (SELECT ticket_id FROM page) GROUP BY ticket_id
) AS l ON l.ticket_id = p.ticket_id
ORDER BY p.state = 'resolved', p.due_at NULLS LAST, p.ticket_id;

-- How many there are of each kind, and how pressing. Grain: one complaint (null: nobody is sure), desk and state.
CREATE OR REPLACE MACRO boards.ticket_loads(as_of, soon) AS TABLE
SELECT complaint, desk, state, count(*) AS tickets,
       count(*) FILTER (state = 'open' AND due_at <= as_of) AS overdue,
       count(*) FILTER (state = 'open' AND due_at > as_of AND due_at <= soon) AS soon,
       count(*) FILTER (state = 'resolved' AND state_at >= boards.beijing_midnight(as_of)) AS resolved_today,
       count(*) FILTER (asked_at > as_of - INTERVAL 1 HOUR) AS last_hour,
       min(asked_at) AS oldest_at
FROM tickets GROUP BY complaint, desk, state;

-- How old are those that nobody has resolved? Grain: one complaint and age from so many hours on.
CREATE OR REPLACE MACRO boards.ticket_ages(as_of) AS TABLE
SELECT complaint,
       CASE WHEN asked_at > as_of - INTERVAL 2 HOUR THEN 0 WHEN asked_at > as_of - INTERVAL 6 HOUR THEN 2
            WHEN asked_at > as_of - INTERVAL 24 HOUR THEN 6 WHEN asked_at > as_of - INTERVAL 72 HOUR THEN 24
            ELSE 72 END::BIGINT AS hours_from,
       count(*) AS tickets
FROM tickets WHERE state <> 'resolved' GROUP BY complaint, hours_from;

-- How many came of each kind, hour by hour over two days? Grain: one hour with tickets and complaint.
CREATE OR REPLACE MACRO boards.ticket_hours(as_of) AS TABLE
SELECT time_bucket(INTERVAL 1 HOUR, asked_at) AS bucket, complaint, count(*) AS tickets
FROM tickets WHERE asked_at > as_of - INTERVAL 48 HOUR AND asked_at <= as_of GROUP BY bucket, complaint;

-- What has happened to a ticket? Grain: one event, the newest first.
CREATE OR REPLACE MACRO boards.ticket_story(ticket) AS TABLE
SELECT event_time, kind, reason, actor FROM ticket_events WHERE ticket_id = ticket ORDER BY version DESC, kind;

-- What is a ticket about? Grain: one piece.
CREATE OR REPLACE MACRO boards.ticket_pieces(ticket) AS TABLE
SELECT g.sku, n.name_zh, n.name_en, g.qty, g.lot, g.node, g.carrier, g.parcel_id
FROM ticket_goods AS g LEFT JOIN boards.sold_names AS n ON n.sku = g.sku WHERE g.ticket_id = ticket ORDER BY g.piece;

-- What have people taught the machine lately? Grain: one row. agreed: a person said what the machine had said.
CREATE OR REPLACE MACRO boards.label_feedback(since) AS TABLE
WITH told AS (
    SELECT ticket_id, arg_max(complaint, version) AS complaint FROM ticket_labels
    WHERE labelled_by = 'operator' AND "at" > since GROUP BY ticket_id
),
machine AS (
    SELECT ticket_id, arg_max(complaint, version) AS complaint FROM ticket_labels
    WHERE labelled_by = 'classifier' AND ticket_id IN (SELECT ticket_id FROM told) GROUP BY ticket_id
)
SELECT count(*) AS told, count(*) FILTER (m.complaint = t.complaint) AS agreed,
       count(*) FILTER (m.complaint IS NULL) AS unsure,
       count(*) FILTER (m.complaint <> t.complaint) AS corrected
FROM told AS t LEFT JOIN machine AS m ON m.ticket_id = t.ticket_id;
