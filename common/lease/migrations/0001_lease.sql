-- Work that one replica does at a time. See README.md.
CREATE TABLE IF NOT EXISTS lease (
  name VARBINARY(64) NOT NULL PRIMARY KEY,
  -- Who holds it; empty for nobody.
  holder VARBINARY(128) NOT NULL,
  -- Ascends with each new holder.
  token BIGINT NOT NULL,
  -- By the database's clock.
  expire_time DATETIME(6) NOT NULL
);
