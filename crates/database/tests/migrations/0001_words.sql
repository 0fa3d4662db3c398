CREATE TABLE test_words (
    word TEXT NOT NULL PRIMARY KEY
);
