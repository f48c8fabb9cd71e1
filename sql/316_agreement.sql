-- grain: episode with a judged change on more than one questionnaire
-- reads: change, instrument, instrument_scale
-- why: questionnaires can disagree, and then they are shown as disagreeing: no rule decides which
--   is right. Counted is the main scale of each questionnaire about symptoms, functioning or
--   wellbeing (an alliance is no outcome), by Jacobson & Truax, last so far in treatment.
select
    change.clinic_id,
    change.patient_id,
    change.episode_id,
    coalesce(
        list(instrument.short_name order by instrument.short_name) filter (
            where change.class in ('recovered', 'improved')
        ),
        []
    ) as improved_on,
    coalesce(
        list(instrument.short_name order by instrument.short_name) filter (
            where change.class = 'unchanged'
        ),
        []
    ) as unchanged_on,
    coalesce(
        list(instrument.short_name order by instrument.short_name) filter (
            where change.class = 'deteriorated'
        ),
        []
    ) as deteriorated_on,
    bool_or(change.class in ('recovered', 'improved'))
    and bool_or(change.class = 'deteriorated') as disagrees
from change
inner join instrument_scale
    on change.instrument = instrument_scale.instrument
    and change.scale = instrument_scale.scale
    and instrument_scale.is_main
inner join instrument
    on change.instrument = instrument.instrument
    and instrument.measures <> 'alliance'
where change.method = 'JT' and change.class is not null
group by change.clinic_id, change.patient_id, change.episode_id
having count(*) > 1
