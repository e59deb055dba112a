-- Opinion entries, the petition register, and counters by month.
--
-- Neither table of records has a column for who said or sent something.

CREATE TABLE IF NOT EXISTS opinion_entries (
  entry_id    CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id     BIGINT NOT NULL,
  heard_date  DATE NOT NULL,
  topic       VARCHAR(100) NOT NULL,
  channel     TINYINT NOT NULL,
  content     TEXT NOT NULL,
  voiced      INT NULL,
  create_time DATETIME(6) NOT NULL,
  revision    BIGINT NOT NULL,
  PRIMARY KEY (entry_id),
  -- Lists of a unit, newest first, and counts of the days at an interval's edges.
  KEY by_day (unit_id, heard_date, entry_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS petitions (
  petition_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id       BIGINT NOT NULL,
  reference     VARCHAR(60) NOT NULL,
  kind          TINYINT NOT NULL,
  received_date DATE NOT NULL,
  due_date      DATE NULL,
  resolved_date DATE NULL,
  create_time   DATETIME(6) NOT NULL,
  update_time   DATETIME(6) NOT NULL,
  revision      BIGINT NOT NULL,
  PRIMARY KEY (petition_id),
  UNIQUE KEY one_reference (unit_id, reference),
  -- Lists of a unit, newest receipt first; covers counts of the days at an interval's edges.
  KEY by_receipt (unit_id, received_date, petition_id, kind, resolved_date),
  -- Lists of open petitions; covers counts of those resolved in the month of an interval's end.
  KEY by_resolution (unit_id, resolved_date, received_date, petition_id, kind)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- How many entries of a topic were heard in a month (202310), and by how many people the
-- entries with a number were voiced. Changed in the transaction that stores the entry.
CREATE TABLE IF NOT EXISTS opinion_month_counts (
  unit_id     BIGINT NOT NULL,
  heard_month INT NOT NULL,
  topic       VARCHAR(100) NOT NULL,
  entries     INT NOT NULL,
  voiced      BIGINT NOT NULL,
  PRIMARY KEY (unit_id, heard_month, topic)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- How many petitions of each kind were received in one month and resolved in another; the
-- latter is 0 while they are open. The kinds are columns, not rows, because a count reads
-- them all: it has a quarter of the rows to read. Changed in the transaction that stores the
-- petition.
CREATE TABLE IF NOT EXISTS petition_month_counts (
  unit_id         BIGINT NOT NULL,
  received_month  INT NOT NULL,
  resolved_month  INT NOT NULL,
  complaints      INT NOT NULL,
  denunciations   INT NOT NULL,
  recommendations INT NOT NULL,
  feedback        INT NOT NULL,
  PRIMARY KEY (unit_id, received_month, resolved_month)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
