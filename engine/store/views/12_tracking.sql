-- ---- parcels on their way: where they are, how long each part of the way takes, what nobody hears of ----------------

-- Words of a carrier without the numbers of couriers and buyers: the middle of mobile and landline numbers is hidden.
CREATE OR REPLACE MACRO boards.without_phones(words) AS
    regexp_replace(
        regexp_replace(words, '(1[3-9][0-9])[- ]?[0-9]{4}[- ]?([0-9]{4})', '\1****\2', 'g'),
        '(0[0-9]{2,3}-)[0-9]{4,5}([0-9]{3})', '\1****\2', 'g'
    );

-- The stages in which a parcel is under way, and silence means something. In a locker it waits for its buyer.
CREATE OR REPLACE MACRO boards.under_way(stage) AS
    stage IN ('labelled', 'picked_up', 'in_transit', 'arrived', 'out_for_delivery');

-- Where do parcels stand, with whom? Grain: one carrier and stage; the carrier is null for waybills here that no parcel
-- of ours has. planned: has no waybill yet. troubled: with a trouble that no later scan ended. silent_12, silent_24: under
-- way and without news for so many hours, labelled ones since their upload. delivered_hours: median from pick-up to
-- signature, of signed ones.
CREATE OR REPLACE MACRO boards.stage_counts(as_of) AS TABLE
WITH tracked AS MATERIALIZED (
    SELECT p.carrier, p.status, t.stage, t.trouble IS NOT NULL AS troubled,
           CASE WHEN boards.under_way(t.stage) THEN (epoch(as_of) - epoch(coalesce(t.last_scan_at, t.stage_at))) / 3600.0 END AS quiet,
           (epoch(t.signed_at) - epoch(t.picked_up_at)) / 3600.0 AS took
    FROM parcel_tracks AS t LEFT JOIN parcels AS p USING (parcel_id)
)
SELECT carrier, c.name_zh, c.name_en, stage, parcels, troubled, silent_12, silent_24, delivered_hours
FROM (
    SELECT carrier, stage, count(*) AS parcels, count(*) FILTER (troubled) AS troubled,
           count(*) FILTER (quiet > 12) AS silent_12, count(*) FILTER (quiet > 24) AS silent_24,
           median(took) FILTER (stage = 'signed') AS delivered_hours
    FROM tracked GROUP BY carrier, stage
    UNION ALL
    SELECT p.carrier, 'planned', p.parcels - coalesce(t.parcels, 0), 0, 0, 0, NULL
    FROM (SELECT carrier, count(*) AS parcels FROM parcels WHERE status = 'planned' GROUP BY carrier) AS p
    LEFT JOIN (SELECT carrier, count(*) AS parcels FROM tracked WHERE status = 'planned' GROUP BY carrier) AS t USING (carrier)
    WHERE p.parcels > coalesce(t.parcels, 0)
) AS told
LEFT JOIN carriers AS c USING (carrier);

-- The way of each parcel that had news lately, as the instants between its legs. Grain: one parcel, of the 20,000 whose
-- track changed last: that bounds the joins. paid_at: of its order that was paid last; null where it is unknown.
CREATE OR REPLACE VIEW boards.recent_ways AS
WITH recent AS (
    SELECT * FROM parcel_tracks WHERE parcel_id IS NOT NULL ORDER BY version DESC, waybill_no LIMIT 20000
),
paid AS (
    SELECT a.parcel_id, max(o.paid_at) AS paid_at
    FROM (SELECT DISTINCT parcel_id, order_id FROM allocations SEMI JOIN recent USING (parcel_id)) AS a
    JOIN orders AS o USING (order_id)
    GROUP BY a.parcel_id
)
SELECT
    r.parcel_id, p.carrier, r.stage, o.paid_at, p.planned_at, w.uploaded_at,
    r.picked_up_at, r.first_hub_at, r.arrived_at, r.out_at, r.signed_at
FROM recent AS r
JOIN parcels AS p USING (parcel_id)
LEFT JOIN paid AS o USING (parcel_id)
LEFT JOIN (SELECT parcel_id, min(uploaded_at) AS uploaded_at FROM waybills GROUP BY parcel_id) AS w USING (parcel_id);

-- How long does each leg of the way take? Grain: one leg, of the parcels that had news lately and have ended it: those
-- that still wait for its end are counted by their stage, not here. part: whose work it is. A leg that ran backwards (a
-- label printed before the plan, a wrong clock) took no time. signed_hours, over_hours: of parcels whose buyer signed,
-- all hours in this leg, and those beyond the leg's median, which is what a better process could win back.
CREATE OR REPLACE VIEW boards.leg_durations AS
WITH legs AS (
    SELECT stage, unnest(['plan', 'label', 'pick_up', 'hub', 'line_haul', 'station', 'door']) AS leg,
           unnest(['processing', 'processing', 'processing', 'transit', 'transit', 'last_mile', 'last_mile']) AS part,
           unnest([paid_at, planned_at, uploaded_at, picked_up_at, first_hub_at, arrived_at, out_at]) AS began_at,
           unnest([planned_at, uploaded_at, picked_up_at, first_hub_at, arrived_at, out_at, signed_at]) AS ended_at
    FROM boards.recent_ways
),
timed AS MATERIALIZED (
    SELECT stage, leg, part, greatest(epoch(ended_at) - epoch(began_at), 0) / 3600.0 AS hours
    FROM legs WHERE began_at IS NOT NULL AND ended_at IS NOT NULL
),
usual AS (
    SELECT leg, any_value(part) AS part, count(*) AS parcels, median(hours) AS p50_hours, quantile_cont(hours, 0.9) AS p90_hours
    FROM timed GROUP BY leg
)
SELECT u.leg, u.part, u.parcels, u.p50_hours, u.p90_hours,
       coalesce(sum(t.hours) FILTER (t.stage = 'signed'), 0) AS signed_hours,
       coalesce(sum(greatest(t.hours - u.p50_hours, 0)) FILTER (t.stage = 'signed'), 0) AS over_hours
FROM usual AS u JOIN timed AS t USING (leg)
GROUP BY ALL;

-- Of which parcels has nobody heard for the longest time? Grain: one parcel under way. since: the last scan, else when
-- it came into its stage.
CREATE OR REPLACE MACRO boards.silent_parcels(as_of, most) AS TABLE
WITH longest AS (
    SELECT waybill_no, parcel_id, stage, trouble, coalesce(last_scan_at, stage_at) AS since, last_place
    FROM parcel_tracks
    WHERE boards.under_way(stage) AND parcel_id IS NOT NULL AND coalesce(last_scan_at, stage_at) < as_of
    ORDER BY since, waybill_no LIMIT most
)
SELECT
    l.waybill_no, l.parcel_id, p.carrier, c.name_zh AS carrier_zh, c.name_en AS carrier_en,
    p.node, n.name_zh AS node_zh, n.name_en AS node_en, l.stage, l.trouble, l.since,
    (epoch(as_of) - epoch(l.since)) / 3600.0 AS hours, boards.without_phones(l.last_place) AS last_place,
    (SELECT min(order_id) FROM allocations AS a WHERE a.parcel_id = l.parcel_id) AS order_id
FROM longest AS l
JOIN parcels AS p USING (parcel_id)
LEFT JOIN carriers AS c ON c.carrier = p.carrier
LEFT JOIN nodes AS n ON n.node = p.node
ORDER BY l.since, l.waybill_no;

-- Who tells us, and how late? Grain: one provider. last_hour: events that came in during the hour before `as_of`;
-- late_minutes: median from the scan to its coming in, of those.
CREATE OR REPLACE MACRO boards.tracking_feeds(as_of) AS TABLE
WITH hour AS (
    SELECT provider, event_time, ingest_time FROM tracking_events
    WHERE version > boards.version_before(as_of - INTERVAL 1 HOUR) AND ingest_time <= as_of
)
SELECT e.provider, e.events, e.event_time, e.ingest_time, coalesce(h.events, 0) AS last_hour, h.late_minutes
FROM (
    SELECT provider, count(*) AS events, max(event_time) AS event_time, max(ingest_time) AS ingest_time
    FROM tracking_events GROUP BY provider
) AS e
LEFT JOIN (
    SELECT provider, count(*) AS events, median(epoch(ingest_time) - epoch(event_time)) / 60.0 AS late_minutes
    FROM hour GROUP BY provider
) AS h USING (provider);

-- Which codes does no table know? Grain: one provider and code. The lists run in step: every provider and code known.
CREATE OR REPLACE MACRO boards.unknown_codes(providers_of, codes_of) AS TABLE
WITH known AS (SELECT unnest(providers_of) AS provider, unnest(codes_of) AS raw_code)
SELECT provider, raw_code, count(*) AS events, max(event_time) AS event_time,
       boards.without_phones(arg_max(said, event_time)) AS said
FROM tracking_events AS e
ANTI JOIN known AS k USING (provider, raw_code)
WHERE scan = 'note'
GROUP BY provider, raw_code;

-- What did carriers tell of an order's parcels? Grain: one event, one that was taken back too.
CREATE OR REPLACE MACRO boards.order_tracking(wanted) AS TABLE
WITH mine AS (
    SELECT DISTINCT w.parcel_id, w.waybill_no
    FROM waybills AS w
    WHERE w.parcel_id IN (SELECT parcel_id FROM allocations WHERE order_id = wanted)
)
SELECT m.parcel_id, m.waybill_no, e.provider, e.scan, e.trouble, e.raw_code, e.event_time, e.ingest_time,
       boards.without_phones(e.place) AS place, boards.without_phones(e.said) AS said,
       r.event_key IS NOT NULL AS retracted
FROM mine AS m
JOIN tracking_events AS e ON e.waybill_no = m.waybill_no
LEFT JOIN tracking_retractions AS r ON r.event_key = e.event_key;
