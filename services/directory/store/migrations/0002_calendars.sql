-- The working-day calendar: one table a year, with its days.

-- One row. Its lock orders changes of tables; the revision ascends with each of them.
CREATE TABLE IF NOT EXISTS calendar_state (
  id       TINYINT NOT NULL PRIMARY KEY,
  revision BIGINT NOT NULL
) ENGINE=InnoDB;

INSERT INTO calendar_state (id, revision)
SELECT 1, 0 FROM DUAL WHERE NOT EXISTS (SELECT id FROM calendar_state);

CREATE TABLE IF NOT EXISTS calendar_years (
  calendar_year     SMALLINT NOT NULL PRIMARY KEY,
  source            VARCHAR(300) NOT NULL,
  note              VARCHAR(1000) NOT NULL,
  -- 1 while a decision about the year is still to come.
  provisional       TINYINT NOT NULL,
  -- The calendar's revision with which it came.
  calendar_revision BIGINT NOT NULL,
  update_time       DATETIME(6) NOT NULL,
  revision          BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS calendar_days (
  day    DATE NOT NULL PRIMARY KEY,
  -- 1 for a weekend day that is worked, 0 for a day off.
  worked TINYINT NOT NULL,
  -- Empty for a day that is worked.
  name   VARCHAR(200) NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
