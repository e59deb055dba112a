-- What is owed by when, whom that was told, and the figures that leaders see of it.

CREATE TABLE IF NOT EXISTS obligations (
  id             VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Made by the owner of the resource.
  obligation_key VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- See ObligationKind.
  kind           TINYINT NOT NULL,
  resource       VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  agreement_id   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id        BIGINT NOT NULL,
  body_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  area           SMALLINT NOT NULL,
  title          VARCHAR(500) NOT NULL,
  -- The rule: a rhythm, or so many working days after `basis`, or neither.
  rhythm_kind         TINYINT NULL,
  rhythm_day          DATE NULL,
  rhythm_weekday      TINYINT NULL,
  rhythm_working_day  TINYINT NULL,
  rhythm_event        VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NULL,
  rhythm_working_days SMALLINT NULL,
  after_working_days  SMALLINT NULL,
  basis          DATE NOT NULL,
  due_day        DATE NOT NULL,
  period_first   DATE NOT NULL,
  period_last    DATE NOT NULL,
  calculation_vi TEXT NOT NULL,
  calculation_en TEXT NOT NULL,
  calendar_revision BIGINT NOT NULL,
  -- A line for each: first day, last day, reason.
  pauses         TEXT NOT NULL,
  previous_due_day DATE NULL,
  -- 1 open, 2 done, 3 withdrawn.
  state          TINYINT NOT NULL,
  done_day       DATE NULL,
  -- Frozen with done_day.
  late           TINYINT NOT NULL,
  -- Number of the last step of escalation that was taken or passed over.
  escalated      TINYINT NOT NULL,
  create_time    DATETIME(6) NOT NULL,
  update_time    DATETIME(6) NOT NULL,
  revision       BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY obligation_key (obligation_key),
  -- Lists read these in their order and look at no other row.
  KEY by_body (body_id, state, due_day, id, unit_id, kind),
  KEY by_unit (unit_id, state, due_day, id, body_id, kind),
  KEY by_due (state, due_day, id, unit_id, body_id, kind),
  KEY by_agreement (agreement_id, state, due_day, id),
  KEY by_resource (resource, due_day, id),
  -- What the worker looks for.
  KEY by_step (state, escalated, due_day, id),
  KEY by_calendar (state, calendar_revision, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- A step of escalation that was taken: its row decides who takes it.
CREATE TABLE IF NOT EXISTS obligation_steps (
  obligation_id  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  step           TINYINT NOT NULL,
  -- The due day of that time.
  due_day        DATE NOT NULL,
  record_time    DATETIME(6) NOT NULL,
  PRIMARY KEY (obligation_id, step)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Open obligations by unit (body_id is '' then) and by body of a unit. `overdue_count` are
-- those of them due before `rolled_to`; a worker moves that day on.
CREATE TABLE IF NOT EXISTS due_totals (
  body_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id        BIGINT NOT NULL,
  open_count     BIGINT NOT NULL,
  overdue_count  BIGINT NOT NULL,
  rolled_to      DATE NOT NULL,
  -- The due day that the last change was about.
  last_day       DATE NOT NULL,
  PRIMARY KEY (body_id, unit_id),
  KEY by_unit (unit_id, body_id),
  KEY by_rolled (rolled_to, body_id, unit_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The same by due day. Rows of past days that have become zero are removed.
CREATE TABLE IF NOT EXISTS due_days (
  body_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  day            DATE NOT NULL,
  unit_id        BIGINT NOT NULL,
  open_count     BIGINT NOT NULL,
  PRIMARY KEY (body_id, day, unit_id),
  KEY by_unit (unit_id, body_id, day)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- What was met in a year, on time and late.
CREATE TABLE IF NOT EXISTS due_done (
  body_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  year           SMALLINT NOT NULL,
  unit_id        BIGINT NOT NULL,
  on_time_count  BIGINT NOT NULL,
  late_count     BIGINT NOT NULL,
  PRIMARY KEY (body_id, year, unit_id),
  KEY by_unit (unit_id, body_id, year)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- One row, locked before rows are added to obligation_changes: so their order is the order
-- of commits. Changes up to `pruned_to` were removed.
CREATE TABLE IF NOT EXISTS obligation_change_head (
  id             TINYINT NOT NULL,
  changes        BIGINT NOT NULL,
  pruned_to      BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Which obligations changed, for those who watch.
CREATE TABLE IF NOT EXISTS obligation_changes (
  position       BIGINT NOT NULL AUTO_INCREMENT,
  obligation_id  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  change_time    DATETIME(6) NOT NULL,
  PRIMARY KEY (position),
  KEY by_time (change_time)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- What a body, or with an empty body_id the leaders of a unit, were told.
CREATE TABLE IF NOT EXISTS notices (
  id             VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  notice_key     VARCHAR(150) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  body_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id        BIGINT NOT NULL,
  resource       VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind           VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  text_vi        TEXT NOT NULL,
  text_en        TEXT NOT NULL,
  create_time    DATETIME(6) NOT NULL,
  -- Both NULL until somebody has read it.
  acknowledge_time DATETIME(6) NULL,
  acknowledged_by  VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
  PRIMARY KEY (id),
  UNIQUE KEY notice_key (notice_key),
  KEY by_body (body_id, create_time, id),
  KEY by_unit (unit_id, create_time, id),
  KEY by_time (create_time)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
