-- The whole life of an agreement: content, signing by groups, versions, comments. Every new
-- column has a default with which an agreement written before reads as it did.

ALTER TABLE agreements
  -- Level of the unit on the first day of the term; empty for older rows until they change.
  ADD COLUMN IF NOT EXISTS level VARCHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    DEFAULT '',
  -- Who numbers the document, and within what. Where one of them is given `issuer_key` makes the
  -- number unique (body, series and number, folded) and `document_key` is NULL.
  ADD COLUMN IF NOT EXISTS issuing_body VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  ADD COLUMN IF NOT EXISTS document_series VARCHAR(100) NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS issuer_key VARBINARY(2000) NULL,
  -- Levels and units with commas between.
  ADD COLUMN IF NOT EXISTS cascade_levels VARCHAR(400) NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS cascade_subtree BIGINT NULL,
  ADD COLUMN IF NOT EXISTS cascade_units TEXT NULL,
  ADD COLUMN IF NOT EXISTS cascade_due DATE NULL,
  -- How many of each signing group must sign, with commas between; empty: one group, all.
  ADD COLUMN IF NOT EXISTS required_signatures VARCHAR(200) CHARACTER SET ascii
    COLLATE ascii_bin NOT NULL DEFAULT '',
  -- 0 until it is in force; older rows in force read as version 1 since then.
  ADD COLUMN IF NOT EXISTS version INT NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS version_date DATE NULL,
  ADD COLUMN IF NOT EXISTS version_by VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- First day no longer in force, when before the end of the term.
  ADD COLUMN IF NOT EXISTS ended_from DATE NULL,
  ADD COLUMN IF NOT EXISTS termination_reason VARCHAR(1000) NULL,
  ADD COLUMN IF NOT EXISTS termination_decision VARCHAR(100) NULL,
  ADD COLUMN IF NOT EXISTS superseded_by VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  ADD COLUMN IF NOT EXISTS delete_time DATETIME(6) NULL,
  ADD COLUMN IF NOT EXISTS comment_by DATE NULL,
  ADD COLUMN IF NOT EXISTS signing_round INT NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS text_sha256 CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    DEFAULT '',
  ADD COLUMN IF NOT EXISTS return_reason VARCHAR(1000) NOT NULL DEFAULT '',
  -- Of an amendment: what it amends, how, and from when.
  ADD COLUMN IF NOT EXISTS amends_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  ADD COLUMN IF NOT EXISTS amendment_kind TINYINT NULL,
  ADD COLUMN IF NOT EXISTS effective_date DATE NULL,
  ADD UNIQUE KEY IF NOT EXISTS document_number_of_issuer (issuer_key),
  ADD KEY IF NOT EXISTS by_amended (amends_id, term_start, id);

ALTER TABLE agreement_parties
  ADD COLUMN IF NOT EXISTS sign_by DATE NULL,
  -- Place of its group in the signing plan, and its name when signing began.
  ADD COLUMN IF NOT EXISTS sign_group SMALLINT NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS display_name VARCHAR(300) NOT NULL DEFAULT '',
  -- More of the signature; the numbers are those of the contract.
  ADD COLUMN IF NOT EXISTS signature_kind TINYINT NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS capacity TINYINT NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS text_sha256 CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    DEFAULT '',
  ADD COLUMN IF NOT EXISTS scan CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS cms MEDIUMBLOB NULL,
  ADD COLUMN IF NOT EXISTS cert_subject VARCHAR(1000) NULL,
  ADD COLUMN IF NOT EXISTS cert_issuer VARCHAR(1000) NULL,
  ADD COLUMN IF NOT EXISTS cert_serial VARCHAR(100) NULL,
  ADD COLUMN IF NOT EXISTS cert_sha256 CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- Subjects with line breaks between.
  ADD COLUMN IF NOT EXISTS cert_chain TEXT NULL,
  ADD COLUMN IF NOT EXISTS cert_time DATETIME(6) NULL,
  ADD KEY IF NOT EXISTS by_body (body_id, agreement_id);

-- The end of an agreement is carried into the cascades that it stands in.
ALTER TABLE cascade_members ADD KEY IF NOT EXISTS by_agreement (agreement_id);

CREATE TABLE IF NOT EXISTS agreement_clauses (
  agreement_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Place in the text, from 0.
  place        SMALLINT NOT NULL,
  -- 1 law enforcement and development, 2 prominent issues, 3 duties, 4 other.
  area         TINYINT NOT NULL,
  heading      VARCHAR(300) NOT NULL,
  text         TEXT NOT NULL,
  PRIMARY KEY (agreement_id, place)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS agreement_bases (
  agreement_id    VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  place           SMALLINT NOT NULL,
  document_number VARCHAR(100) NOT NULL,
  title           VARCHAR(500) NOT NULL,
  issue_date      DATE NULL,
  issuer          VARCHAR(300) NOT NULL,
  PRIMARY KEY (agreement_id, place)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The files that belong to a text.
CREATE TABLE IF NOT EXISTS agreement_files (
  agreement_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  place        SMALLINT NOT NULL,
  sha256       CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  file_name    VARCHAR(200) NOT NULL,
  PRIMARY KEY (agreement_id, place)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Every text that was ever opened for signing: what signatures cover, byte for byte.
CREATE TABLE IF NOT EXISTS agreement_texts (
  sha256       CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- The agreement or amendment that it is the text of.
  agreement_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  text         MEDIUMBLOB NOT NULL,
  PRIMARY KEY (sha256)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- What an agreement was: versions before the present one, and rounds of signing that ended
-- without success. The payload is the contract's message.
CREATE TABLE IF NOT EXISTS agreement_history (
  agreement_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- 1 version, 2 signing round.
  kind         TINYINT NOT NULL,
  number       INT NOT NULL,
  payload      MEDIUMBLOB NOT NULL,
  PRIMARY KEY (agreement_id, kind, number)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS agreement_comments (
  id           VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  agreement_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  body_id      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  text         TEXT NOT NULL,
  author       VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time  DATETIME(6) NOT NULL,
  -- All NULL until it is answered.
  answer       TEXT NULL,
  answered_by  VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
  answer_time  DATETIME(6) NULL,
  revision     BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY by_agreement (agreement_id, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
