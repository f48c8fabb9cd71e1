-- grain: one count of $viewer's clinic
-- reads: clinic_figure
-- why: the page of the week prints the counts that the weekly report prints
select
    figure,
    numerator,
    denominator
from clinic_figure
where $viewer.scope = 'clinic' and clinic_id = $viewer.clinic_id
order by figure
