-- Files. They lie in the database, in chunks: so every replica serves them without a shared
-- disk, backup and restore to an instant hold them together with the records that refer to
-- them, and a transaction stores both or neither. A chunk stays well below the server's limit
-- of a packet, and no statement moves a whole file.

-- Files on their way. No facts yet, so they are not in the ledger; removed once expired.
CREATE TABLE IF NOT EXISTS attachment_uploads (
  upload_id      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Who started it, `members/{id}`; nobody else sees it.
  owner          VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id        BIGINT NOT NULL,
  file_name      VARCHAR(200) NOT NULL,
  media_type     VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  size_bytes     BIGINT NOT NULL,
  sha256         BINARY(32) NOT NULL,
  received_bytes BIGINT NOT NULL,
  -- 1 OPEN, 2 STORED, 3 REFUSED.
  state          TINYINT NOT NULL,
  expire_time    DATETIME(6) NOT NULL,
  PRIMARY KEY (upload_id),
  KEY by_expiry (expire_time, upload_id),
  KEY by_owner (owner, state, expire_time)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The bytes, as they were uploaded. Those of a stored file stay under its first upload's id.
CREATE TABLE IF NOT EXISTS attachment_chunks (
  upload_id    VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  chunk_offset BIGINT NOT NULL,
  data         MEDIUMBLOB NOT NULL,
  PRIMARY KEY (upload_id, chunk_offset)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Each content once.
CREATE TABLE IF NOT EXISTS attachments (
  sha256     BINARY(32) NOT NULL,
  size_bytes BIGINT NOT NULL,
  -- Where its chunks are.
  upload_id  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Ascends with every unit that has it.
  revision   BIGINT NOT NULL,
  PRIMARY KEY (sha256),
  UNIQUE KEY content_of_upload (upload_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- For which units it was uploaded, and how it is called there: a unit never sees what
-- another one calls the same file.
CREATE TABLE IF NOT EXISTS attachment_holdings (
  sha256      BINARY(32) NOT NULL,
  unit_id     BIGINT NOT NULL,
  file_name   VARCHAR(200) NOT NULL,
  media_type  VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uploaded_by VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  scanned     TINYINT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  PRIMARY KEY (sha256, unit_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Which records refer to it.
CREATE TABLE IF NOT EXISTS attachment_links (
  resource     VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  sha256       BINARY(32) NOT NULL,
  -- The agreement to which the record belongs; who may read that may read the file.
  agreement_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Under whose name of the file.
  unit_id      BIGINT NOT NULL,
  PRIMARY KEY (resource, sha256),
  KEY by_file (sha256, agreement_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
