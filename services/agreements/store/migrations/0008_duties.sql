-- Duties to inform, what is owed and delivered under them, and requests for information.

CREATE TABLE IF NOT EXISTS duties (
  id             VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  agreement_id   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id        BIGINT NOT NULL,
  -- First day of the agreement's term: decides about access.
  term_start     DATE NOT NULL,
  from_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- See DutyKind.
  kind           TINYINT NOT NULL,
  title          VARCHAR(500) NOT NULL,
  -- Folded, for searching.
  title_fold     VARCHAR(1000) NOT NULL,
  -- The first bytes of the sort key.
  title_key      VARBINARY(100) NOT NULL,
  description    TEXT NOT NULL,
  description_fold TEXT NOT NULL,
  area           SMALLINT NOT NULL,
  -- The rhythm; see deadlines/rhythm.h.
  rhythm_kind    TINYINT NOT NULL,
  rhythm_day     DATE NOT NULL,
  rhythm_weekday TINYINT NOT NULL,
  rhythm_working_day TINYINT NOT NULL,
  -- NULL for rhythms that count from no event.
  rhythm_event   VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NULL,
  rhythm_working_days SMALLINT NOT NULL,
  first_day      DATE NOT NULL,
  last_day       DATE NOT NULL,
  -- 1 ACTIVE, 2 ENDED.
  state          TINYINT NOT NULL,
  -- Last day on which an ended one was owed.
  ended_day      DATE NULL,
  end_reason     VARCHAR(1000) NOT NULL,
  create_time    DATETIME(6) NOT NULL,
  update_time    DATETIME(6) NOT NULL,
  revision       BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY by_event (unit_id, rhythm_event, last_day),
  -- The orders of lists, for a few units and for all.
  KEY by_unit_time (unit_id, create_time, id),
  KEY by_unit_title (unit_id, title_key, id),
  KEY by_unit_start (unit_id, first_day, id),
  KEY by_time (create_time, id),
  KEY by_title (title_key, id),
  KEY by_start (first_day, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Of a duty the body that delivers (place 0) and those that receive; of a request the body that
-- asks (place 0) and the one that is asked.
CREATE TABLE IF NOT EXISTS information_bodies (
  -- Id of the duty or the request.
  record_id      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  place          SMALLINT NOT NULL,
  body_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (record_id, place)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS duty_occurrences (
  duty_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  number         INT NOT NULL,
  -- As planned or last moved; frozen when it was delivered. While it is open the
  -- obligation of the key `deliver:{duty}:{number}` decides.
  due_day        DATE NOT NULL,
  period_first   DATE NOT NULL,
  period_last    DATE NOT NULL,
  calculation_vi TEXT NOT NULL,
  calculation_en TEXT NOT NULL,
  calendar_revision BIGINT NOT NULL,
  event_id       VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- 1 OPEN, 2 DELIVERED, 3 CANCELLED.
  state          TINYINT NOT NULL,
  delivery_id    VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  delivered_day  DATE NULL,
  late           TINYINT NOT NULL,
  withdrawals    INT NOT NULL,
  revision       BIGINT NOT NULL,
  PRIMARY KEY (duty_id, number),
  KEY by_event (event_id, duty_id, number)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS deliveries (
  id             VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  duty_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  occurrence     INT NOT NULL,
  -- As in the duty.
  agreement_id   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id        BIGINT NOT NULL,
  term_start     DATE NOT NULL,
  from_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind           TINYINT NOT NULL,
  document_number VARCHAR(100) NOT NULL,
  title          VARCHAR(500) NOT NULL,
  title_fold     VARCHAR(1000) NOT NULL,
  note           TEXT NOT NULL,
  note_fold      TEXT NOT NULL,
  delivered_day  DATE NOT NULL,
  -- The due day of that day, frozen with what follows from it.
  due_day        DATE NOT NULL,
  period_first   DATE NOT NULL,
  period_last    DATE NOT NULL,
  calculation_vi TEXT NOT NULL,
  calculation_en TEXT NOT NULL,
  calendar_revision BIGINT NOT NULL,
  late           TINYINT NOT NULL,
  late_working_days INT NOT NULL,
  -- 1 DELIVERED, 2 CORRECTED, 3 WITHDRAWN.
  state          TINYINT NOT NULL,
  replaces       VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  replaced_by    VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  correct_reason VARCHAR(1000) NOT NULL,
  withdraw_reason VARCHAR(1000) NOT NULL,
  withdraw_day   DATE NULL,
  recorded_by    VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time    DATETIME(6) NOT NULL,
  update_time    DATETIME(6) NOT NULL,
  revision       BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY by_duty (duty_id, occurrence, id),
  KEY by_unit_day (unit_id, delivered_day, id),
  KEY by_unit_time (unit_id, create_time, id),
  KEY by_day (delivered_day, id),
  KEY by_time (create_time, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS delivery_receipts (
  delivery_id    VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  place          SMALLINT NOT NULL,
  body_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  acknowledged_by VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  acknowledge_time DATETIME(6) NOT NULL,
  PRIMARY KEY (delivery_id, place),
  UNIQUE KEY once (delivery_id, body_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS information_requests (
  id             VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  agreement_id   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id        BIGINT NOT NULL,
  term_start     DATE NOT NULL,
  from_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  to_id          VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject        VARCHAR(500) NOT NULL,
  subject_fold   VARCHAR(1000) NOT NULL,
  description    TEXT NOT NULL,
  description_fold TEXT NOT NULL,
  legal_basis    VARCHAR(500) NOT NULL,
  working_days   SMALLINT NOT NULL,
  request_day    DATE NOT NULL,
  -- As first counted; frozen when it was settled. While it is open the obligation of the
  -- key `answer:{id}` decides.
  due_day        DATE NOT NULL,
  period_first   DATE NOT NULL,
  period_last    DATE NOT NULL,
  calculation_vi TEXT NOT NULL,
  calculation_en TEXT NOT NULL,
  calendar_revision BIGINT NOT NULL,
  -- 1 OPEN, 2 ANSWERED, 3 REFUSED, 4 WITHDRAWN.
  state          TINYINT NOT NULL,
  settled_day    DATE NULL,
  late           TINYINT NOT NULL,
  late_working_days INT NOT NULL,
  answer_number  VARCHAR(100) NOT NULL,
  answer_note    TEXT NOT NULL,
  refuse_reason  VARCHAR(1000) NOT NULL,
  legal_ground   VARCHAR(500) NOT NULL,
  withdraw_reason VARCHAR(1000) NOT NULL,
  recorded_by    VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  settled_by     VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time    DATETIME(6) NOT NULL,
  update_time    DATETIME(6) NOT NULL,
  revision       BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY by_agreement (agreement_id, request_day, to_id, state, late),
  KEY by_unit_day (unit_id, request_day, id),
  KEY by_unit_time (unit_id, create_time, id),
  KEY by_day (request_day, id),
  KEY by_time (create_time, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Files of deliveries and answers.
CREATE TABLE IF NOT EXISTS information_files (
  -- Id of the delivery or the request.
  record_id      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  place          SMALLINT NOT NULL,
  sha256         VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (record_id, place)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
