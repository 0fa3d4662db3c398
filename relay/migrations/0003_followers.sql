-- Apps that brought a call which was taken for another: they are told what becomes of it, too.
CREATE TABLE relay_followers (
    digest TEXT NOT NULL,
    app TEXT NOT NULL,
    PRIMARY KEY (digest, app)
);
CREATE INDEX relay_followers_by_app ON relay_followers (app);
