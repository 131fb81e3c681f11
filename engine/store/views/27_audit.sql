-- ---- the audit, asked with filters ---------------------------------------------------------------------------------

-- Who did what? Grain: one commit. Filters, order and page are the asker's: versions grow with time, so a page is a
-- range of the key and never a count of rows to skip.
CREATE OR REPLACE VIEW boards.audit_rows AS
SELECT version, "at", actor, verb, subject, detail FROM audit;

-- Who did anything, and what was ever done? Grain: one actor and verb. The text of the commits is not read.
CREATE OR REPLACE VIEW boards.audit_names AS
SELECT actor, verb, count(*) AS commits FROM audit GROUP BY actor, verb;
