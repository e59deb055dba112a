-- What bodies were called, and who carried on their duties.

ALTER TABLE bodies
  -- Number of the decision by which it ends.
  ADD COLUMN IF NOT EXISTS end_decision VARCHAR(100) NOT NULL DEFAULT '';

-- The names of a body that was renamed, the first one too, which begins on 1900-01-01 when nobody
-- knows since when. `bodies` has the newest one.
CREATE TABLE IF NOT EXISTS body_names (
  body_id      CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  valid_from   DATE NOT NULL,
  display_name VARCHAR(300) NOT NULL,
  abbreviation VARCHAR(50) NOT NULL,
  -- Number of the decision; empty for the first name.
  decision     VARCHAR(100) NOT NULL,
  PRIMARY KEY (body_id, valid_from)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- From the end of the one on, the other carries on its duties.
CREATE TABLE IF NOT EXISTS body_successions (
  from_body   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  to_body     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  change_date DATE NOT NULL,
  PRIMARY KEY (from_body, to_body),
  KEY by_successor (to_body, change_date)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
