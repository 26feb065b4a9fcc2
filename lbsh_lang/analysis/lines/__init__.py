"""What follows from the lines of one document: colours, folds, outlines, the cursor."""
