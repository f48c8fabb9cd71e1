-- parameters: $instrument, $scale
-- reads: therapist_view
-- why: the secondary views of one scale, in an order that a page can follow.
select
    view,
    part,
    n,
    events,
    value,
    lower,
    upper,
    expected,
    half_by_session
from therapist_view
where instrument = $instrument and scale = $scale
order by view, part
