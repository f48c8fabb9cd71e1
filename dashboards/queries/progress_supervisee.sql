-- grain: one therapist in training whom $viewer supervises
-- reads: therapist
-- why: to whose zone a supervisor may say yes: those whom the clinic's own export names as theirs.
--      Nothing but who they are
select
    therapist.therapist_id
from therapist
where
    $viewer.scope in ('own_patients', 'shared_patients')
    and therapist.clinic_id = $viewer.clinic_id
    and therapist.is_trainee
    and therapist.supervisor_id = $therapist
order by therapist.therapist_id
