-- grain: one running episode of $viewer's clinic whose patient said they will stop
-- reads: episode
-- why: $episodes are those of which the journal says so; who has stopped meanwhile is left out
select
    patient_id,
    episode_id,
    therapist_id,
    started_at
from episode
where
    $viewer.scope = 'clinic'
    and clinic_id = $viewer.clinic_id
    and not is_closed
    and (patient_id, episode_id) in (
        select (each.patient_id, each.episode_id)
        from (
            select
                unnest(
                    cast($episodes as struct(patient_id varchar, episode_id varchar)[])
                ) as each
        )
    )
order by patient_id, episode_id
