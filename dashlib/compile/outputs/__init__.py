"""Output formats: one file each, from declarations to documents and from documents to bytes."""
