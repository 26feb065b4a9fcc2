"""Features that read the lines of one document: colours, folds, outlines, the cursor."""
