"""Charts and sentences (nl, en) for pages, reports and mail: no Django, no database."""
