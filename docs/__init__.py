"""The documentation: pages in Markdown, and reference pages made from the code (`from_code`)."""
