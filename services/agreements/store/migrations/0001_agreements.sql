-- Agreements, their parties and the cascade of programmes.

CREATE TABLE IF NOT EXISTS agreements (
  id             VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id        BIGINT NOT NULL,
  title          VARCHAR(500) NOT NULL,
  -- As typed, and the form by which two numbers are the same. The latter is NULL when there
  -- is no number, since NULLs are never duplicates.
  document_number VARCHAR(100) NOT NULL,
  document_key   VARBINARY(1200) NULL,
  term_start     DATE NOT NULL,
  -- Included.
  term_end       DATE NOT NULL,
  -- Year of term_start, for the unique key.
  term_year      SMALLINT NOT NULL,
  parent_id      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- 1 DRAFT, 2 SIGNING, 3 IN_FORCE.
  state          TINYINT NOT NULL,
  -- Both NULL until it is in force; `until` is exclusive.
  in_force_from  DATE NULL,
  in_force_until DATE NULL,
  create_time    DATETIME(6) NOT NULL,
  update_time    DATETIME(6) NOT NULL,
  revision       BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY document_number_at_unit (unit_id, term_year, document_key),
  KEY by_unit (unit_id, term_start, id),
  KEY by_term (term_start, id),
  KEY by_parent (parent_id, term_start, id),
  KEY in_force_at_unit (unit_id, in_force_from, in_force_until)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS agreement_parties (
  agreement_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Place in the text, from 0.
  place        SMALLINT NOT NULL,
  body_id      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- The signature; all NULL until the party has signed.
  sign_date    DATE NULL,
  recorded_by  VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
  signer_name  VARCHAR(200) NULL,
  signer_title VARCHAR(200) NULL,
  record_time  DATETIME(6) NULL,
  PRIMARY KEY (agreement_id, place),
  UNIQUE KEY body_once (agreement_id, body_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- For each programme every agreement in force that descends from it, directly or through
-- others. Written with the last signature, in the same transaction; so the coverage of a
-- programme reads one range of this key, however deep the cascade is.
CREATE TABLE IF NOT EXISTS cascade_members (
  programme_id   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id        BIGINT NOT NULL,
  agreement_id   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  in_force_from  DATE NOT NULL,
  -- Exclusive: the day after the end of the term.
  in_force_until DATE NOT NULL,
  PRIMARY KEY (programme_id, unit_id, agreement_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
