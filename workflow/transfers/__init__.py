"""Everything about transfers: finding the pupil, drafts, guards, routes and what a decision carries out."""
