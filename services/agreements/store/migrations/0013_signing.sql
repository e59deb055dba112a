-- What signing and lists of agreements need.

ALTER TABLE agreements
  -- When the last round of signing was opened; NULL where only the day was kept.
  ADD COLUMN IF NOT EXISTS signing_opened_time DATETIME(6) NULL,
  -- Lists in order of their last change.
  ADD KEY IF NOT EXISTS by_update (update_time, id);
