-- What a signature stands on: whether revocation was looked at, when its round was opened, and
-- until when the party exists; when a file was stored last. NULL for what was recorded before this was kept.

ALTER TABLE agreement_parties
  ADD COLUMN IF NOT EXISTS cert_revocation_checked TINYINT NULL,
  -- First day on which the body no longer exists, as known when signing began.
  ADD COLUMN IF NOT EXISTS body_until DATE NULL;

ALTER TABLE agreements
  ADD COLUMN IF NOT EXISTS signing_opened DATE NULL;

-- A file to which nothing refers goes some time after anybody last uploaded it.
ALTER TABLE attachments
  ADD COLUMN IF NOT EXISTS last_stored DATETIME(6) NULL;
