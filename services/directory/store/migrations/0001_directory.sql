-- Administrative units in time, successions, bodies, members and grants.

-- One row. Its lock orders changes of units; its counters tell caches what to read again.
CREATE TABLE IF NOT EXISTS directory_state (
  id             TINYINT NOT NULL PRIMARY KEY,
  -- Ascends with every change of a unit, and of a grant.
  tree_version   BIGINT NOT NULL,
  access_version BIGINT NOT NULL,
  next_unit_id   BIGINT NOT NULL,
  -- The day of the newest snapshot imported.
  last_import    DATE NOT NULL
) ENGINE=InnoDB;

INSERT INTO directory_state (id, tree_version, access_version, next_unit_id, last_import)
SELECT 1, 0, 0, 2, '1900-01-01' FROM DUAL
WHERE NOT EXISTS (SELECT id FROM directory_state);

CREATE TABLE IF NOT EXISTS units (
  unit_id  BIGINT NOT NULL PRIMARY KEY,
  revision BIGINT NOT NULL
) ENGINE=InnoDB;

-- What a unit was from one day until another (exclusive). 1900-01-01 and 2200-01-01 stand for
-- "not known since when" and "still so".
CREATE TABLE IF NOT EXISTS unit_versions (
  unit_id         BIGINT NOT NULL,
  valid_from      DATE NOT NULL,
  valid_until     DATE NOT NULL,
  from_precision  TINYINT NOT NULL,
  until_precision TINYINT NOT NULL,
  code            VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name            VARCHAR(200) NOT NULL,
  kind            VARCHAR(50) NOT NULL,
  level           VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- 0 for the country.
  parent_id       BIGINT NOT NULL,
  source          VARCHAR(100) NOT NULL,
  PRIMARY KEY (unit_id, valid_from)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The country is there before any register is imported: the first administrator's grant is
-- over it.
INSERT INTO units (unit_id, revision)
SELECT 1, 1 FROM DUAL WHERE NOT EXISTS (SELECT unit_id FROM units);

INSERT INTO unit_versions (unit_id, valid_from, valid_until, from_precision, until_precision,
  code, name, kind, level, parent_id, source)
SELECT 1, '1900-01-01', '2200-01-01', 3, 0, 'VN', 'Việt Nam', '', 'COUNTRY', 0, '' FROM DUAL
WHERE NOT EXISTS (SELECT unit_id FROM unit_versions);

CREATE TABLE IF NOT EXISTS successions (
  from_unit      BIGINT NOT NULL,
  to_unit        BIGINT NOT NULL,
  change_date    DATE NOT NULL,
  date_precision TINYINT NOT NULL,
  kind           TINYINT NOT NULL,
  decree         VARCHAR(100) NOT NULL,
  -- 1 when the predecessor was placed by its name.
  derived        TINYINT NOT NULL,
  source         VARCHAR(100) NOT NULL,
  PRIMARY KEY (from_unit, to_unit, change_date)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS bodies (
  body_id      CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  display_name VARCHAR(300) NOT NULL,
  abbreviation VARCHAR(50) NOT NULL,
  unit_id      BIGINT NOT NULL,
  valid_from   DATE NULL,
  valid_until  DATE NULL,
  create_time  DATETIME(6) NOT NULL,
  revision     BIGINT NOT NULL,
  PRIMARY KEY (body_id),
  KEY by_unit (unit_id, body_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS members (
  member_id    CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  display_name VARCHAR(200) NOT NULL,
  -- Empty for an administrator of the system.
  body_id      VARCHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time  DATETIME(6) NOT NULL,
  revision     BIGINT NOT NULL,
  PRIMARY KEY (member_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS access_grants (
  grant_id    CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  member_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  role        TINYINT NOT NULL,
  unit_id     BIGINT NOT NULL,
  -- Empty for any body.
  body_id     VARCHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time DATETIME(6) NOT NULL,
  revoke_time DATETIME(6) NULL,
  revision    BIGINT NOT NULL,
  PRIMARY KEY (grant_id),
  KEY by_member (member_id, grant_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
