-- What issuers and consumers used, to be charged for: a row a day, profile and item. `day` counts days of UTC since 1970-01-01.
CREATE TABLE store_usage (
    day BIGINT NOT NULL,
    profile_id TEXT NOT NULL,
    item TEXT NOT NULL,
    uses BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (day, profile_id, item)
);
CREATE INDEX store_usage_by_profile ON store_usage (profile_id, day);
