-- Schema 2. Page loads that were erased: what a page sends of them again is answered as known and not kept. The numbers are random ones
-- and say nothing of anybody once the hits are gone; they go when no page can have such hits any more.
CREATE TABLE erased (
    site   TEXT    NOT NULL,
    stream TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (site, stream)
) STRICT, WITHOUT ROWID;
CREATE INDEX hits_by_customer ON hits (customer) WHERE customer IS NOT NULL;
CREATE INDEX hits_by_order ON hits (order_id) WHERE order_id IS NOT NULL;
