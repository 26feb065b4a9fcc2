; No statement nests in another: what folds is a run of comments, and the servers of a pool.

(comment)+ @fold

(add_statement)+ @fold
