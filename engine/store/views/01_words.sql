-- One view a question. DuckDB SQL, read on the file or on PostgreSQL attached read-only; engine/store/screens/room.py has
-- one function a view. A question that depends on the time takes it as an argument (a table macro): no view asks a
-- clock. Money is cents, time is an instant, "day" is the day in Beijing. All of it lives in `boards`, a catalogue in
-- memory that every reader of this process sees: nothing here is ever written into the database file.
--
-- Cost. Boards ask again after every commit, with a million orders stored. Two rules keep that cheap: versions grow
-- with time, so "recent" is `version > version_before(...)`, which skips old row groups; and two big tables are never
-- joined on their text keys, only the recent or the waiting part of them.

ATTACH IF NOT EXISTS ':memory:' AS boards;


-- ---- words that several views share --------------------------------------------------------------------------------

-- The day in Beijing that an instant belongs to.
CREATE OR REPLACE MACRO boards.beijing_day(moment) AS CAST(timezone('Asia/Shanghai', moment) AS DATE);

-- The instant at which that day began.
CREATE OR REPLACE MACRO boards.beijing_midnight(moment) AS timezone('Asia/Shanghai', CAST(boards.beijing_day(moment) AS TIMESTAMP));

-- The last commit before an instant: what came later has a greater version.
CREATE OR REPLACE MACRO boards.version_before(moment) AS
    (SELECT coalesce(max(version), 0) FROM audit WHERE audit.at < moment);

-- A buyer on a screen: first character and the last four, whatever the platform masked or forgot to mask.
CREATE OR REPLACE MACRO boards.masked(buyer) AS
    CASE WHEN length(buyer) <= 5 THEN left(buyer, 1) || '**' ELSE left(buyer, 1) || '**' || right(buyer, 4) END;

-- Near expiry (临期): days left at or below which goods of a shelf life may no longer be sold as they are.
-- Source: Douyin near-expiry rule for grain, oil and fresh goods, public notice, planned effect 2026-06-02.
-- Grain: one band of shelf life, in days.
CREATE OR REPLACE VIEW boards.near_expiry_bands AS
SELECT * FROM (VALUES
    (365, 45),
    (180, 30),
    ( 90, 20),
    ( 30, 10),
    ( 15,  5),
    (  0,  4)
) AS bands(shelf_life_from, days_left_at_most);

-- SKUs and kits under one roof: what a code is called. Grain: one code, as sold or physical.
CREATE OR REPLACE VIEW boards.sold_names AS
SELECT sku, name_zh, name_en FROM skus
UNION ALL
SELECT kit, name_zh, name_en FROM kits;
