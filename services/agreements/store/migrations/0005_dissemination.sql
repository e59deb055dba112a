-- Sessions by which agreements are made known.

CREATE TABLE IF NOT EXISTS dissemination_sessions (
  id           VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  agreement_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id      BIGINT NOT NULL,
  session_date DATE NOT NULL,
  -- 1 conference, 2 training, 3 online, 4 bulletin, 5 other.
  kind         TINYINT NOT NULL,
  title        VARCHAR(500) NOT NULL,
  -- The title as it is searched, and the beginning of the key by which it is ordered.
  title_fold   VARCHAR(1000) NOT NULL,
  title_key    VARBINARY(150) NOT NULL,
  session_count INT NOT NULL,
  -- Attendances, never people.
  attendance_count INT NOT NULL,
  copy_count   INT NOT NULL,
  recorded_by  VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time  DATETIME(6) NOT NULL,
  update_time  DATETIME(6) NOT NULL,
  -- Both NULL while it counts.
  delete_time  DATETIME(6) NULL,
  delete_reason VARCHAR(1000) NULL,
  correction_count INT NOT NULL,
  revision     BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY by_agreement (agreement_id, session_date, id),
  -- For the days at the edges of an interval; the months between come from the counters.
  KEY by_unit (unit_id, session_date),
  KEY by_date (session_date, unit_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS dissemination_documents (
  session_id   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  place        SMALLINT NOT NULL,
  title        VARCHAR(500) NOT NULL,
  document_number VARCHAR(100) NOT NULL,
  -- SHA-256 of the file; empty for none.
  attachment   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (session_id, place)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- What a session said before it was corrected.
CREATE TABLE IF NOT EXISTS dissemination_corrections (
  session_id   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  place        SMALLINT NOT NULL,
  correct_time DATETIME(6) NOT NULL,
  corrected_by VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reason       VARCHAR(1000) NOT NULL,
  unit_id      BIGINT NOT NULL,
  session_date DATE NOT NULL,
  kind         TINYINT NOT NULL,
  title        VARCHAR(500) NOT NULL,
  session_count INT NOT NULL,
  attendance_count INT NOT NULL,
  copy_count   INT NOT NULL,
  PRIMARY KEY (session_id, place)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Sums of what counts, by unit, month and kind; written with every session, so that totals
-- of years read a row a month.
CREATE TABLE IF NOT EXISTS dissemination_month_counts (
  unit_id      BIGINT NOT NULL,
  -- The first day of the month.
  month        DATE NOT NULL,
  kind         TINYINT NOT NULL,
  record_count BIGINT NOT NULL,
  session_count BIGINT NOT NULL,
  attendance_count BIGINT NOT NULL,
  copy_count   BIGINT NOT NULL,
  PRIMARY KEY (unit_id, month, kind),
  KEY by_month (month, unit_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
