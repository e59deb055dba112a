-- What shows how follow-ups of reviews and duties to inform are kept.

-- A follow-up is a commitment where the agreement has an approved plan of its year.
ALTER TABLE review_follow_ups
  -- That commitment, whose only occurrence says whether it is done; NULL where the follow-up is an
  -- obligation of its own.
  ADD COLUMN IF NOT EXISTS commitment_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL;

-- The figures of duties in lists are counted from this key alone.
ALTER TABLE duty_occurrences
  ADD KEY IF NOT EXISTS by_state (duty_id, state, late, due_day, number);
