"""Pages: self-contained HTML files for reports and runs, with plots as SVG."""
