"""The hand-over report as PDF: pages, plans, tables. Used on worker threads; touches no widget."""
