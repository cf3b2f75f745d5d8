"""Memory: what a station keeps on its own disk. The only room that speaks SQL."""
