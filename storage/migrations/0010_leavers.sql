-- Profiles that were deleted and that the relay has yet to forget. A row is added in the transaction of the deletion, and leaves once that is done.
CREATE TABLE store_leavers (profile_id TEXT NOT NULL PRIMARY KEY);
