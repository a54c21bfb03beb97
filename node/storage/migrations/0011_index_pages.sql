-- Pages of the index have another form. Each index is made anew from the entries of its log.

DELETE FROM index_heads;
DELETE FROM index_pages;
DELETE FROM index_lists;
