-- Identifiers are bytes: compared exactly, without collation or padding.

-- One row. Its lock gives records their order, see README.md.
CREATE TABLE IF NOT EXISTS ledger_head (
  id TINYINT NOT NULL PRIMARY KEY,
  epoch VARBINARY(32) NOT NULL,
  position BIGINT NOT NULL,
  hash VARBINARY(32) NOT NULL,
  -- Keys the hashes of request bodies.
  request_key BINARY(32) NOT NULL
);

-- What was changed, by whom and when. The service's user can add rows only.
CREATE TABLE IF NOT EXISTS ledger_records (
  position BIGINT NOT NULL PRIMARY KEY,
  actor VARBINARY(255) NOT NULL,
  actor_body VARBINARY(255) NOT NULL,
  record_time DATETIME(6) NOT NULL,
  effective_date DATE NOT NULL,
  method VARBINARY(255) NOT NULL,
  resource VARBINARY(255) NOT NULL,
  resource_type VARBINARY(255) NOT NULL,
  revision BIGINT NOT NULL,
  unit VARBINARY(64) NOT NULL,
  schema_version INT NOT NULL,
  deleted TINYINT NOT NULL,
  payload_digest BINARY(32) NOT NULL,
  hash BINARY(32) NOT NULL
);

-- The resources after the changes; both columns are NULL after a redaction.
CREATE TABLE IF NOT EXISTS ledger_payloads (
  position BIGINT NOT NULL PRIMARY KEY,
  payload LONGBLOB,
  salt VARBINARY(32)
);

-- Signed statements about the chain.
CREATE TABLE IF NOT EXISTS ledger_checkpoints (
  position BIGINT NOT NULL,
  epoch VARBINARY(32) NOT NULL,
  hash BINARY(32) NOT NULL,
  service VARBINARY(64) NOT NULL,
  sign_time DATETIME(6) NOT NULL,
  key_id VARBINARY(64) NOT NULL,
  signature VARBINARY(128) NOT NULL,
  PRIMARY KEY (position, epoch)
);

-- The answers that repeats of a request get.
CREATE TABLE IF NOT EXISTS request_memory (
  caller VARBINARY(255) NOT NULL,
  request_id VARBINARY(64) NOT NULL,
  body_hash BINARY(32) NOT NULL,
  position BIGINT NOT NULL,
  response LONGBLOB NOT NULL,
  create_time DATETIME(6) NOT NULL,
  PRIMARY KEY (caller, request_id),
  KEY request_memory_by_time (create_time)
);
