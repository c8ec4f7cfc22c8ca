"""The documentation as a site: `python -m tools.docs_site` prepares its pages, Zensical builds them (`make docs`)."""
