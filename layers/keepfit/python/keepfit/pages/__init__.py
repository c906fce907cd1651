"""Pages: HTML files that hold all they need, for reports and runs; one frame, one style, and plots as SVG."""
