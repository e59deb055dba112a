-- Supervision visits, reviews with their findings, and evaluations of parties.

CREATE TABLE IF NOT EXISTS visits (
  id             VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  agreement_id   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Of the agreement; with the first day of its term it decides about access.
  unit_id        BIGINT NOT NULL,
  term_start     DATE NOT NULL,
  visit_date     DATE NOT NULL,
  -- The visited unit, and the visited body of it (NULL for the unit as a whole).
  visited_unit   BIGINT NOT NULL,
  visited_body   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  subject        VARCHAR(500) NOT NULL,
  -- Folded, for searching.
  subject_fold   VARCHAR(1000) NOT NULL,
  findings       MEDIUMTEXT NOT NULL,
  document_number VARCHAR(100) NOT NULL,
  -- 1 RECORDED, 2 CANCELLED.
  state          TINYINT NOT NULL,
  cancel_reason  VARCHAR(1000) NOT NULL,
  recorded_by    VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time    DATETIME(6) NOT NULL,
  update_time    DATETIME(6) NOT NULL,
  revision       BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY by_unit (unit_id, visit_date, id),
  KEY by_date (visit_date, id),
  -- For the figures of a review.
  KEY by_agreement (agreement_id, visit_date, state)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The parties that visit, in the order given.
CREATE TABLE IF NOT EXISTS visit_bodies (
  visit_id       VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  place          SMALLINT NOT NULL,
  body_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (visit_id, place)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS reviews (
  id             VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  agreement_id   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id        BIGINT NOT NULL,
  term_start     DATE NOT NULL,
  -- 1 PRELIMINARY, 2 FINAL.
  kind           TINYINT NOT NULL,
  first_day      DATE NOT NULL,
  last_day       DATE NOT NULL,
  title          VARCHAR(500) NOT NULL,
  title_fold     VARCHAR(1000) NOT NULL,
  -- 1 DRAFT, 2 APPROVED, 3 DELETED.
  state          TINYINT NOT NULL,
  figures_time   DATETIME(6) NOT NULL,
  -- NULL and empty until it is approved.
  approve_day    DATE NULL,
  approver_name  VARCHAR(200) NOT NULL,
  approver_title VARCHAR(200) NOT NULL,
  approved_by    VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time    DATETIME(6) NOT NULL,
  update_time    DATETIME(6) NOT NULL,
  revision       BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY by_unit (unit_id, last_day, id),
  KEY by_day (last_day, id),
  KEY by_agreement (agreement_id, last_day)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Figures of a review, as the records were at its figures_time.
CREATE TABLE IF NOT EXISTS review_figures (
  review_id      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  place          SMALLINT NOT NULL,
  -- See FigureKind.
  kind           TINYINT NOT NULL,
  level          VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  numerator      BIGINT NOT NULL,
  -- NULL for counts, which have no base.
  denominator    BIGINT NULL,
  PRIMARY KEY (review_id, place)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS review_findings (
  review_id      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  number         SMALLINT NOT NULL,
  -- 1 RESULT, 2 SHORTCOMING, 3 CAUSE, 4 PROPOSAL.
  kind           TINYINT NOT NULL,
  text           TEXT NOT NULL,
  area           SMALLINT NOT NULL,
  PRIMARY KEY (review_id, number)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS review_follow_ups (
  review_id      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  number         SMALLINT NOT NULL,
  finding        SMALLINT NOT NULL,
  body_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- As given; frozen when it is done. While it is open the obligation of the key
  -- `follow-up:{review}:{number}` decides.
  due_day        DATE NOT NULL,
  done_day       DATE NULL,
  late           TINYINT NOT NULL,
  document_number VARCHAR(100) NOT NULL,
  note           TEXT NOT NULL,
  reported_by    VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (review_id, number),
  KEY by_body (body_id, review_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The published versions of the formula of evaluations. A row never changes; another way
-- of counting is another row, in another migration.
CREATE TABLE IF NOT EXISTS evaluation_formulas (
  version        INT NOT NULL,
  valid_from     DATE NOT NULL,
  -- In per mille; they add up to 1.000.
  delivery_weight SMALLINT NOT NULL,
  commitment_weight SMALLINT NOT NULL,
  request_weight SMALLINT NOT NULL,
  text_vi        TEXT NOT NULL,
  text_en        TEXT NOT NULL,
  PRIMARY KEY (version)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

INSERT IGNORE INTO evaluation_formulas
  (version, valid_from, delivery_weight, commitment_weight, request_weight, text_vi, text_en)
VALUES
  (1, '2009-04-27', 400, 400, 200,
   'Điểm của mỗi bên là trung bình có trọng số của ba tỷ lệ, tính trong khoảng thời gian đánh giá: (1) số lần cung cấp thông tin đúng hạn trên số lần đến hạn, trọng số 400; (2) số nhiệm vụ đã hoàn thành và được bên khác xác nhận, kể cả muộn, trên số nhiệm vụ đến hạn, trọng số 400; (3) số yêu cầu thông tin đã trả lời hoặc từ chối có căn cứ pháp lý trên số yêu cầu nhận được, trọng số 200. Tỷ lệ không có gốc (không có gì đến hạn) được bỏ qua, trọng số của nó chia cho các tỷ lệ còn lại theo tỷ trọng. Điểm tính chính xác bằng phân số, làm tròn một lần đến phần nghìn, từ nửa trở lên làm tròn lên.',
   'The score of each party is the weighted mean of three rates over the interval: (1) information deliveries made by their due day, of those that fell due, weight 400; (2) commitments fulfilled and confirmed by another party, late ones included, of those that fell due, weight 400; (3) requests for information answered, or refused with a legal ground, of those received, weight 200. A rate without a base (nothing fell due) is left out and the others share its weight in proportion to their own. The score is computed exactly in fractions and rounded once to a per mille, half up.');

CREATE TABLE IF NOT EXISTS evaluations (
  id             VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  agreement_id   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit_id        BIGINT NOT NULL,
  term_start     DATE NOT NULL,
  first_day      DATE NOT NULL,
  last_day       DATE NOT NULL,
  formula        INT NOT NULL,
  created_by     VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time    DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY once (agreement_id, first_day, last_day, formula),
  KEY by_unit (unit_id, last_day, id),
  KEY by_day (last_day, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The scores of an evaluation with every part's numerator and denominator.
CREATE TABLE IF NOT EXISTS evaluation_scores (
  evaluation_id  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  place          SMALLINT NOT NULL,
  body_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- In per mille; NULL when no part has a base.
  score          SMALLINT NULL,
  delivery_weight SMALLINT NOT NULL,
  deliveries_on_time BIGINT NOT NULL,
  deliveries_due BIGINT NOT NULL,
  commitment_weight SMALLINT NOT NULL,
  commitments_kept BIGINT NOT NULL,
  commitments_due BIGINT NOT NULL,
  request_weight SMALLINT NOT NULL,
  requests_answered BIGINT NOT NULL,
  requests_asked BIGINT NOT NULL,
  PRIMARY KEY (evaluation_id, place),
  KEY by_body (body_id, evaluation_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
