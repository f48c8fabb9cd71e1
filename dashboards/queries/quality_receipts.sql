-- grain: one landed or held-back file, without its name
-- reads: receipt
-- why: whether everything that was sent was taken in. Counts of 1 to 4 records are null, and what
--      was landed is not told beside what was not, so that none can be worked out
select
    source,
    landed_at,
    case when rows_in >= 5 then rows_in end as rows_in,
    case
        when not duplicate + rejected between 1 and 4 then duplicate + rejected
    end as not_landed,
    case when not cells_rejected between 1 and 4 then cells_rejected end as cells_rejected,
    held_back as is_held_back
from receipt
where $viewer.scope = 'aggregates'
order by landed_at desc, source, sha256
limit 50
