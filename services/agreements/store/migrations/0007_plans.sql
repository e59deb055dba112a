-- Events of units, annual plans and the commitments in them.

-- One row for each unit that has events, locked by every command that adds, moves or counts
-- from them, so that none is missed.
CREATE TABLE IF NOT EXISTS event_units (
  unit_id        BIGINT NOT NULL,
  PRIMARY KEY (unit_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS events (
  id             VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id        BIGINT NOT NULL,
  kind           VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  event_date     DATE NOT NULL,
  title          VARCHAR(300) NOT NULL,
  -- Folded, for searching.
  title_fold     VARCHAR(600) NOT NULL,
  -- 1 SCHEDULED, 2 CANCELLED.
  state          TINYINT NOT NULL,
  cancel_reason  VARCHAR(1000) NOT NULL,
  create_time    DATETIME(6) NOT NULL,
  update_time    DATETIME(6) NOT NULL,
  revision       BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY by_unit (unit_id, event_date, id),
  KEY by_date (event_date, id),
  KEY by_kind (unit_id, kind, event_date, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS plans (
  id             VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  agreement_id   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id        BIGINT NOT NULL,
  -- First day of the agreement's term: decides about access.
  term_start     DATE NOT NULL,
  year           SMALLINT NOT NULL,
  -- The year; NULL once deleted, since NULLs are never duplicates.
  live_year      SMALLINT NULL,
  first_day      DATE NOT NULL,
  last_day       DATE NOT NULL,
  title          VARCHAR(500) NOT NULL,
  title_fold     VARCHAR(1000) NOT NULL,
  -- 1 DRAFT, 2 APPROVING, 3 APPROVED, 4 CLOSED, 5 DELETED.
  state          TINYINT NOT NULL,
  round          INT NOT NULL,
  submit_day     DATE NULL,
  approve_day    DATE NULL,
  -- The last rejection; all NULL when there was none.
  reject_party   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  reject_reason  VARCHAR(1000) NULL,
  reject_day     DATE NULL,
  reject_by      VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
  copied_from    VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- Without those withdrawn.
  commitment_count INT NOT NULL,
  create_time    DATETIME(6) NOT NULL,
  update_time    DATETIME(6) NOT NULL,
  revision       BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY one_a_year (agreement_id, live_year),
  KEY by_unit (unit_id, year, id),
  KEY by_year (year, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS plan_approvals (
  plan_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  place          SMALLINT NOT NULL,
  party_id       VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- All NULL until the party has approved.
  approve_day    DATE NULL,
  approver_name  VARCHAR(200) NULL,
  approver_title VARCHAR(200) NULL,
  recorded_by    VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
  record_time    DATETIME(6) NULL,
  PRIMARY KEY (plan_id, place)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS plan_amendments (
  plan_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  number         SMALLINT NOT NULL,
  amend_day      DATE NOT NULL,
  reason         VARCHAR(1000) NOT NULL,
  recorded_by    VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  added          SMALLINT NOT NULL,
  withdrawn      SMALLINT NOT NULL,
  PRIMARY KEY (plan_id, number)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS commitments (
  id             VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  plan_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  agreement_id   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id        BIGINT NOT NULL,
  term_start     DATE NOT NULL,
  year           SMALLINT NOT NULL,
  first_day      DATE NOT NULL,
  last_day       DATE NOT NULL,
  parent_id      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  title          VARCHAR(500) NOT NULL,
  title_fold     VARCHAR(1000) NOT NULL,
  -- The first bytes of the sort key.
  title_key      VARBINARY(100) NOT NULL,
  description    TEXT NOT NULL,
  description_fold TEXT NOT NULL,
  area           SMALLINT NOT NULL,
  lead_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- The rhythm; see deadlines/rhythm.h.
  rhythm_kind    TINYINT NOT NULL,
  rhythm_day     DATE NOT NULL,
  rhythm_weekday TINYINT NOT NULL,
  rhythm_working_day TINYINT NOT NULL,
  -- NULL for rhythms that count from no event.
  rhythm_event   VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NULL,
  rhythm_working_days SMALLINT NOT NULL,
  expected_product VARCHAR(500) NOT NULL,
  -- 1 PLANNED, 2 ACTIVE, 3 FULFILLED, 4 CONFIRMED, 5 WITHDRAWN.
  state          TINYINT NOT NULL,
  active_day     DATE NULL,
  last_number    INT NOT NULL,
  occurrence_count INT NOT NULL,
  fulfilled_count INT NOT NULL,
  confirmed_count INT NOT NULL,
  late_count     INT NOT NULL,
  -- The open occurrence that falls due first: its number (0 for none) and its day
  -- (2199-12-31 for none, so that it comes last).
  next_number    INT NOT NULL,
  next_due       DATE NOT NULL,
  progress_count INT NOT NULL,
  percent        TINYINT NULL,
  -- Numbers of the plan's amendments; 0 for none.
  added_by       SMALLINT NOT NULL,
  withdrawn_by   SMALLINT NOT NULL,
  withdraw_reason VARCHAR(1000) NOT NULL,
  -- 1 when its plan was deleted.
  hidden         TINYINT NOT NULL,
  create_time    DATETIME(6) NOT NULL,
  update_time    DATETIME(6) NOT NULL,
  revision       BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY by_plan (plan_id, id),
  KEY by_parent (parent_id, state),
  KEY by_event (unit_id, rhythm_event, year),
  -- The orders of lists, for a few units and for all. The usual one is read from its key alone.
  KEY by_unit_due (unit_id, next_due, id, hidden, term_start),
  KEY by_unit_title (unit_id, title_key, id),
  KEY by_unit (unit_id, id),
  KEY by_due (next_due, id, unit_id, hidden, term_start),
  KEY by_title (title_key, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The lead (place 0) and the supporting bodies of commitments.
CREATE TABLE IF NOT EXISTS commitment_bodies (
  commitment_id  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  place          SMALLINT NOT NULL,
  body_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (commitment_id, place)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS commitment_occurrences (
  commitment_id  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  number         INT NOT NULL,
  -- As in the commitment, for figures.
  agreement_id   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  lead_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- As planned or last moved; frozen when it was reported. While it is open the
  -- obligation of the key `fulfil:{commitment}:{number}` decides.
  due_day        DATE NOT NULL,
  period_first   DATE NOT NULL,
  period_last    DATE NOT NULL,
  calculation_vi TEXT NOT NULL,
  calculation_en TEXT NOT NULL,
  calendar_revision BIGINT NOT NULL,
  event_id       VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- 1 OPEN, 2 FULFILLED, 3 CONFIRMED, 4 CANCELLED.
  state          TINYINT NOT NULL,
  fulfil_day     DATE NULL,
  late           TINYINT NOT NULL,
  confirm_day    DATE NULL,
  confirmed_by   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  refusals       INT NOT NULL,
  refuse_reason  VARCHAR(1000) NOT NULL,
  revision       BIGINT NOT NULL,
  PRIMARY KEY (commitment_id, number),
  KEY by_due (commitment_id, state, due_day, number),
  KEY by_event (event_id, commitment_id, number),
  KEY by_agreement (agreement_id, due_day, lead_id, state, late)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS commitment_progress (
  commitment_id  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  number         INT NOT NULL,
  -- 1 UPDATE, 2 FULFILMENT, 3 CONFIRMATION, 4 REFUSAL.
  kind           TINYINT NOT NULL,
  body_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- 0 for the commitment as a whole.
  occurrence     INT NOT NULL,
  text           TEXT NOT NULL,
  percent        TINYINT NULL,
  progress_day   DATE NOT NULL,
  recorded_by    VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  record_time    DATETIME(6) NOT NULL,
  PRIMARY KEY (commitment_id, number)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS commitment_evidence (
  commitment_id  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  progress_number INT NOT NULL,
  place          SMALLINT NOT NULL,
  -- SHA-256 of a file; empty for none.
  attachment     VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  document_number VARCHAR(100) NOT NULL,
  document_day   DATE NULL,
  note           VARCHAR(300) NOT NULL,
  PRIMARY KEY (commitment_id, progress_number, place)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
