-- Logins of the built-in sign-in: one for each member.
--
-- Tokens that were issued are in the ledger only, and never as such.

CREATE TABLE IF NOT EXISTS credentials (
  -- `members/{id}`
  member        VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  login         VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- The body for which the member acts, `bodies/{id}`; empty for none.
  body          VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Argon2id with its parameters and salt, as libsodium writes it.
  password_hash VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time   DATETIME(6) NOT NULL,
  update_time   DATETIME(6) NOT NULL,
  revision      BIGINT NOT NULL,
  PRIMARY KEY (member),
  UNIQUE KEY one_login (login),
  -- The first one is the local administrator's.
  KEY by_creation (create_time, member)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
