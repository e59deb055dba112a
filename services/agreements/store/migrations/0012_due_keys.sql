-- What due days keep beside their rule, steps of escalation by due day, and keys for what the worker
-- and lists look for.

ALTER TABLE obligations
  -- A day that no rule gives, as it was fixed, while pauses move the due day; NULL otherwise.
  ADD COLUMN IF NOT EXISTS fixed_day DATE NULL,
  -- First day of the term: no calendar moves the due day before it. NULL for none.
  ADD COLUMN IF NOT EXISTS not_before DATE NULL,
  -- Lists of one kind over many units.
  ADD KEY IF NOT EXISTS by_kind (state, kind, due_day, id, unit_id, body_id);

-- Zeros of past days are looked for in it.
ALTER TABLE due_days ADD KEY IF NOT EXISTS by_day (day, open_count);

-- Each due day has its own steps.
ALTER TABLE obligation_steps
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (obligation_id, due_day, step);

-- A row names an obligation or a notice; the other one is empty.
ALTER TABLE obligation_changes
  ADD COLUMN IF NOT EXISTS notice_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    DEFAULT '';

-- One row: the obligations due before this day and, of that day, those up to this id were told to
-- watchers as overdue.
CREATE TABLE IF NOT EXISTS due_marks (
  id             TINYINT NOT NULL,
  due_day        DATE NOT NULL,
  obligation_id  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- One row: the working-day calendar that due days follow. Its digest tells another calendar of
-- the same or an older revision, which a restored directory has.
CREATE TABLE IF NOT EXISTS due_calendar (
  id             TINYINT NOT NULL,
  revision       BIGINT NOT NULL,
  digest         VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
