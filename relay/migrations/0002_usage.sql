-- What apps used, to be charged for: a row a day and app, counted in the commit in which a call is taken. It stays when the calls' rows are dropped.
-- `day` counts days of UTC since 1970-01-01.
CREATE TABLE relay_usage (
    day BIGINT NOT NULL,
    app TEXT NOT NULL,
    calls BIGINT NOT NULL,
    PRIMARY KEY (day, app)
);
