-- Reports as they were made. `head` and `rows_below` together are the serialised report;
-- lists read `head` alone. Never changed.
CREATE TABLE IF NOT EXISTS reports (
  id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit BIGINT NOT NULL,
  first_day DATE NOT NULL,
  last_day DATE NOT NULL,
  create_time DATETIME(6) NOT NULL,
  head MEDIUMBLOB NOT NULL,
  rows_below MEDIUMBLOB NOT NULL,
  PRIMARY KEY (id),
  KEY by_unit (unit, last_day, first_day, id)
) ENGINE=InnoDB;

-- The projection exists in generations: one in use for each followed service, and at times
-- one beside it that is being counted again. Positions lie in the same transaction as the
-- rows that they speak of.
CREATE TABLE IF NOT EXISTS projection_positions (
  generation BIGINT NOT NULL,
  service VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  epoch VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (generation, service)
) ENGINE=InnoDB;

-- The generation in use. Whoever applies records to it, or changes it, locks this row.
CREATE TABLE IF NOT EXISTS projection_current (
  service VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  generation BIGINT NOT NULL,
  PRIMARY KEY (service)
) ENGINE=InnoDB;

-- One row: the next number of a generation, and who is counting again until when.
CREATE TABLE IF NOT EXISTS projection_rebuild (
  id TINYINT NOT NULL,
  next_generation BIGINT NOT NULL,
  owner VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  generation BIGINT NOT NULL,
  lease_until DATETIME(6) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS projection_petitions (
  generation BIGINT NOT NULL,
  id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  revision BIGINT NOT NULL,
  deleted TINYINT NOT NULL,
  unit BIGINT NOT NULL,
  kind TINYINT NOT NULL,
  received DATE NOT NULL,
  resolved DATE NULL,
  PRIMARY KEY (generation, id),
  KEY by_received (generation, unit, received),
  KEY by_resolved (generation, unit, resolved)
) ENGINE=InnoDB;

-- Petitions by unit, kind, month of receipt and month of resolution (202310; 0 while open).
CREATE TABLE IF NOT EXISTS projection_petition_months (
  generation BIGINT NOT NULL,
  unit BIGINT NOT NULL,
  kind TINYINT NOT NULL,
  received_month INT NOT NULL,
  resolved_month INT NOT NULL,
  petition_count BIGINT NOT NULL,
  PRIMARY KEY (generation, unit, kind, received_month, resolved_month)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS projection_opinions (
  generation BIGINT NOT NULL,
  id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  revision BIGINT NOT NULL,
  deleted TINYINT NOT NULL,
  unit BIGINT NOT NULL,
  heard DATE NOT NULL,
  PRIMARY KEY (generation, id),
  KEY by_heard (generation, unit, heard)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS projection_opinion_months (
  generation BIGINT NOT NULL,
  unit BIGINT NOT NULL,
  heard_month INT NOT NULL,
  entry_count BIGINT NOT NULL,
  PRIMARY KEY (generation, unit, heard_month)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS projection_agreements (
  generation BIGINT NOT NULL,
  id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  revision BIGINT NOT NULL,
  deleted TINYINT NOT NULL,
  unit BIGINT NOT NULL,
  title VARCHAR(500) NOT NULL,
  parent VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  term_start DATE NOT NULL,
  term_end DATE NOT NULL,
  in_force_date DATE NULL,
  PRIMARY KEY (generation, id),
  KEY by_unit (generation, unit),
  KEY by_parent (generation, parent)
) ENGINE=InnoDB;

INSERT IGNORE INTO projection_rebuild (id, next_generation, owner, generation, lease_until)
VALUES (1, 2, '', 0, '2000-01-01 00:00:00.000000');
INSERT IGNORE INTO projection_current (service, generation)
VALUES ('agreements', 1), ('directory', 1), ('opinions', 1);
INSERT IGNORE INTO projection_positions (generation, service, epoch, position)
VALUES (1, 'agreements', '', 0), (1, 'directory', '', 0), (1, 'opinions', '', 0);
